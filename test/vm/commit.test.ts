// `msb image commit`: what a sandbox has changed becomes a layer, and another sandbox has the same tree.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { TreeLister } from '../support/images/tree-list.ts';
import type { TreeList } from '../support/images/tree-list.ts';
import { msb, repository, resultOf, startMsb, waitForText } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { sh } from '../support/programs.ts';
import { Registry, user } from '../support/registry.ts';
import { pidOf } from '../support/victims.ts';

const deadline = { timeout: 300_000 };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'owners and devices need root' };

const base = `
mkdir -p srv/gone srv/replaced srv/moved/deep srv/kept
echo one > srv/gone/file; echo two > srv/replaced/old; echo three > srv/changed; echo four > srv/deleted
echo five > srv/moved/deep/below; echo six > srv/moved/dropped; echo seven > srv/moved/first
ln srv/moved/first srv/moved/second; echo eight > srv/turned
mkdir srv/becomes-file; echo nine > srv/becomes-file/inner
setfattr -n user.note -v 'a value' srv/changed; chmod 4755 srv/moved/deep/below`;

const changes = `set -e
cd /srv
echo more >> changed; rm deleted; rm -r gone
rm -r replaced; mkdir replaced; echo new > replaced/new
mv moved elsewhere; echo added > elsewhere/deep/added; rm elsewhere/dropped; chmod 700 elsewhere
rm turned; mkdir turned; echo inner > turned/inner
rm -r becomes-file; echo flat > becomes-file
cp /bin/busybox tool; chmod 6755 tool; chown 5:70000 tool
echo linked > first; ln first second; ln -s ../changed link; mkfifo pipe; mknod device c 1 3
echo "spaces and ä" > "a name ä"; touch -d '2001-02-03 04:05:06' kept
mkdir -p deep/er/still; echo x > deep/er/still/x`;

/** What each sandbox has of its own, whatever the image says. */
const ofTheSandbox = ['.', 'etc', 'etc/hostname', 'etc/hosts', 'etc/machine-id'].map((name) =>
  JSON.stringify(name),
);

suite('commit', needsRoot, () => {
  let place: Place;
  let registry: Registry;
  let engine: Engine;
  let project: Project;
  let lister: TreeLister;
  const made = new AsyncDisposableStack();

  const run = (...args: readonly string[]): ReturnType<typeof msb> => msb(args, { cwd: place.project });
  /** Of the program that counts in a file; two numbers that differ show that it runs. */
  const goesOn = async (sandbox: Sandbox): Promise<void> => {
    const { status, stderr } = await sh(
      sandbox,
      'was=$(cat /.sandbox/count); for i in $(seq 100); do [ "$was" != "$(cat /.sandbox/count)" ] && exit; sleep 0.1; done; exit 1',
    );
    assert.equal(status.code, 0, stderr);
  };

  before(async () => {
    place = made.use(await Place.create());
    registry = made.use(await Registry.start(path.join(place.root, 'registry')));
    process.env['SSL_CERT_FILE'] = registry.authority;
    await registry.put(await makeBase(path.join(place.root, 'image')), 'team/base:v1');
    const input = `${user.password}\n`;
    await msb(['login', registry.host, '-u', user.name, '--password-stdin'], { cwd: place.project, input });
    const sandbox = (name: string, image: string): string =>
      `  ${name}:\n    image: ${image}\n    memory: 256\n    scope: none\n`;
    await place.write(
      `sandboxes:\n${sandbox('app', `${registry.host}/team/base:v1`)}${sandbox('copy', `${registry.host}/team/made:v1`)}${sandbox('plain', 'builtin:busybox')}`,
    );
    lister = await TreeLister.create(place.root);
    engine = createEngine();
    project = await engine.openProject({ root: place.project });
  }, deadline);

  afterEach(async () => {
    await project.stop(undefined, { graceMs: 0 });
    assert.deepEqual(await place.leftovers(), []);
  });

  after(async () => {
    await engine.close();
    await made.disposeAsync();
  });

  test('another sandbox sees the same tree, and registries the same image', deadline, async () => {
    const app = await project.start('app', { idle: true });
    await countIn(app);
    const changed = await sh(app, changes);
    assert.equal(changed.status.code, 0, changed.stderr);
    const expected = await lister.guest(app);

    const reference = `${registry.host}/team/made:v1`;
    const committed = await run('image', 'commit', 'app', reference, '-m', 'with tools');
    assert.equal(committed.code, 0, committed.stderr);
    const digest = /^(\S+) (sha256:[0-9a-f]{64})\n$/.exec(committed.stdout)?.[2];
    assert.equal(committed.stdout, `${reference} ${digest}\n`);
    await goesOn(app);
    const [inspected] = JSON.parse((await run('image', 'inspect', reference)).stdout) as Inspected[];
    const { history } = inspected?.config ?? { history: [] };
    assert.deepEqual(
      { ...history.at(-1), created: '' },
      { created: '', created_by: 'msb image commit', comment: 'with tools' },
    );
    await app.stop({ graceMs: 0 });

    const copy = await project.start('copy', { idle: true });
    compare(await lister.guest(copy), expected);
    const identity = await sh(copy, 'cat /etc/hostname; grep -c copy /etc/hosts');
    assert.equal(identity.stdout, 'copy\n1\n');

    const pushed = await run('push', reference);
    assert.deepEqual([pushed.code, pushed.stdout], [0, `${reference} ${digest}\n`], pushed.stderr);
    const [below, there] = await Promise.all(
      ['team/base:v1', 'team/made:v1'].map((name) => registry.inspect(name)),
    );
    assert.equal(there?.Digest, digest);
    assert.deepEqual(there?.Layers.slice(0, -1), below?.Layers);
    const archive = path.join(place.root, 'made.tar');
    const saved = await run('save', reference, '-o', archive, '--format', 'oci-archive');
    assert.equal(saved.code, 0, saved.stderr);
  });

  test('a sandbox that does not run is started for it and stopped again', deadline, async () => {
    const { code, stdout, stderr } = await run('image', 'commit', 'app', `${registry.host}/team/made:v2`);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /team\/made:v2 sha256:[0-9a-f]{64}\n$/);
    assert.equal(await project.find('app'), undefined);
  });

  test('what cannot be committed says what to do', deadline, async () => {
    const plain = await project.start('plain', { idle: true });
    const refused = await run('image', 'commit', 'plain', 'made:v1');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Error: nothing can be put on top of image sha256:/m);
    assert.match(refused.stderr, /^Hint: .*msb load --name/m);
    await plain.stop({ graceMs: 0 });

    const app = await project.start('app', { idle: true });
    await countIn(app);
    await sh(app, 'touch /srv/.wh.kept');
    const reserved = await run('image', 'commit', 'app', 'made:v3');
    assert.equal(reserved.code, 1);
    assert.match(reserved.stderr, /\/srv\/\.wh\.kept/);
    await goesOn(app);
    await sh(app, 'rm /srv/.wh.kept');
    const invalid = await run('image', 'commit', 'app', 'Made');
    assert.deepEqual([invalid.code, invalid.stdout], [2, ''], invalid.stderr);
  });

  test('a sandbox can be stopped in the middle, and its programs are asked first', deadline, async () => {
    const app = await project.start('app', { idle: true });
    const script = "trap 'echo ended > /srv/ended; sync; exit' TERM; while :; do sleep 0.1; done";
    const asked = await app.exec('sh', { args: ['-c', script], onDetach: 'keep' });
    asked.detach();
    assert.equal((await sh(app, 'dd if=/dev/urandom of=/srv/noise bs=1M count=48')).status.code, 0);
    const child = startMsb(['--trace', 'image', 'commit', 'app', 'made:v5'], { cwd: place.project });
    const ended = resultOf(child);
    await waitForText(child.stderr, '"stage":"committing"');
    // Whoever takes the layer stands still, so it is the middle until the sandbox is down.
    const taker = await pidOf(place, 'image');
    assert.ok(taker !== undefined);
    process.kill(taker, 'SIGSTOP');
    assert.equal((await run('down')).code, 0);
    process.kill(taker, 'SIGCONT');
    const { code, stderr } = await ended;
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^Error: sandbox 'app' has stopped/m);
    const again = await project.start('app', { idle: true });
    assert.equal((await sh(again, 'cat /srv/ended; rm /srv/ended /srv/noise')).stdout, 'ended\n');
  });

  test('cancelled or killed, programs go on and no image is there', deadline, async () => {
    const app = await project.start('app', { idle: true });
    await countIn(app);
    const filled = await sh(app, 'dd if=/dev/urandom of=/srv/noise bs=1M count=48');
    assert.equal(filled.status.code, 0, filled.stderr);
    for (const victim of ['interrupt', 'msb', 'image'] as const) {
      const child = startMsb(['--trace', 'image', 'commit', 'app', 'made:v4'], { cwd: place.project });
      const ended = resultOf(child);
      await waitForText(child.stderr, '"stage":"committing"');
      if (victim === 'interrupt') child.kill('SIGINT');
      else if (victim === 'msb') child.kill('SIGKILL');
      else {
        const taker = await pidOf(place, 'image');
        assert.ok(taker !== undefined);
        process.kill(taker, 'SIGKILL');
      }
      const { code, stderr } = await ended;
      assert.equal(code, { interrupt: 130, msb: null, image: 1 }[victim], stderr);
      await goesOn(app);
      assert.ok(!(await run('image', 'ls')).stdout.includes('made:v4'), victim);
    }
    const again = await run('image', 'commit', 'app', 'made:v4');
    assert.equal(again.code, 0, again.stderr);
    await goesOn(app);
  });
});

interface Inspected {
  readonly config: { readonly history: readonly Record<string, unknown>[] };
}

/** A program that goes on for as long as the sandbox, where it leaves no trace in the tree. */
async function countIn(sandbox: Sandbox): Promise<void> {
  const script =
    'i=0; while :; do i=$((i+1)); echo $i > /.sandbox/next; mv /.sandbox/next /.sandbox/count; sleep 0.1; done';
  const program = await sandbox.exec('sh', { args: ['-c', script], onDetach: 'keep' });
  program.detach();
  const { status } = await sh(sandbox, 'until [ -e /.sandbox/count ]; do sleep 0.1; done');
  assert.equal(status.code, 0);
}

/** BusyBox, and a layer of files to change. */
async function makeBase(folder: string): Promise<string> {
  const execute = promisify(execFile);
  await mkdir(folder);
  const [image, bundle] = [`${path.join(folder, 'layout')}:base`, path.join(folder, 'bundle')];
  const busybox = path.join(repository, 'dist', `linux-${process.arch}`, 'busybox.tar');
  await execute('skopeo', ['copy', `oci-archive:${busybox}`, `oci:${image}`]);
  await execute('umoci', ['unpack', '--image', image, bundle]);
  const script = path.join(folder, 'base.sh');
  await writeFile(script, `set -e${base}\n`);
  await execute('sh', [script], { cwd: path.join(bundle, 'rootfs') });
  await execute('umoci', ['repack', '--image', image, bundle]);
  return `oci:${image}`;
}

function compare(found: TreeList, expected: TreeList): void {
  const differences = [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => !ofTheSandbox.includes(name) && found.get(name) !== expected.get(name))
    .map(
      (name) => `${name}\n  was ${expected.get(name) ?? 'nothing'}\n  is  ${found.get(name) ?? 'nothing'}`,
    );
  assert.deepEqual(differences.slice(0, 10), [], `${differences.length} of ${expected.size} differ`);
}
