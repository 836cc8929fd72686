// The libkrun back end with a guest that boots where there is no hardware for it: its helper becomes a QEMU. All else is the
// product's: snapshots of the disk alone, the way back to them, forks, pauses, and what is said to who wants more.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { defaultAssetFolder } from '../../server/engine/machine/assets.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { pidOf } from '../support/victims.ts';
import { assetsWithoutJail } from '../support/without-jail.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: |
        echo once more >> /starts; sync
        n=0
        while :; do n=$((n + 1)); echo $n > /count.new; mv /count.new /count; sleep 0.1; done
`;

const deadline = { timeout: 240_000 };

async function whyNot(): Promise<string | false> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'its stand-in is a QEMU for x86-64';
  const assets = await readdir(defaultAssetFolder()).catch(() => []);
  return assets.some((name) => name.startsWith('libkrun')) ? false : 'no libkrun comes with this build';
}

suite('a back end that keeps no memory', { skip: await whyNot() }, () => {
  let place: Place;
  let environment: Readonly<Record<string, string>>;

  const run = async (...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }> => {
    const { code, stdout, stderr } = await msb(args, { cwd: place.project, env: environment });
    assert.equal(code, 0, stderr);
    return { stdout, stderr };
  };
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await msb(args, { cwd: place.project, env: environment });
    assert.equal(code, 1, stderr);
    return stderr;
  };
  const inside = async (script: string, sandbox = 'box'): Promise<string> =>
    (await run('run', sandbox, '-e', 'sh', '--', '-c', script)).stdout;
  const needsMemory = /runs on libkrun, which cannot keep its memory[\s\S]*`vmm: qemu`/;

  before(async () => {
    place = await Place.create(sandboxfile);
    const assets = await assetsWithoutJail(path.join(place.root, 'assets'), {
      'menv-krun': './cmd/emulatedkrun',
    });
    environment = { ...place.environment, MENV_ASSETS: assets, MENV_VMM: 'libkrun', MENV_TEMPLATES: 'off' };
    await run('run', 'box', '-d');
  }, deadline);

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('a snapshot is of the disk alone, and says so', deadline, async () => {
    await inside(
      'while [ ! -s /count ]; do sleep 0.1; done; head -c 3000000 /dev/urandom > /data; sha256sum /data > /sum; sync',
    );
    const { stdout, stderr } = await run('snapshot', 'create', 'box', 'one', '-m', 'first');
    assert.match(stdout, /^one: .*, of the disk alone; the sandbox stood still for \d+ ms$/m);
    assert.match(stderr, /it has no memory: libkrun keeps none/);
    const asked = await run('snapshot', 'create', 'box', 'two', '--disk');
    assert.doesNotMatch(asked.stderr, /no memory/);
    assert.match(
      (await run('snapshot', 'ls')).stdout,
      /^box +one +\S+ +\S+ \S+ +\S+ \S+ +disk +consistent +first$/m,
    );
    // Its programs went on.
    const count = (await inside('cat /count')).trim();
    await inside(`while grep -qx ${count} /count; do sleep 0.1; done`);
  });

  test('paused it stands still, and goes on', deadline, async () => {
    await run('pause', 'box');
    await run('resume', 'box');
    const count = (await inside('cat /count')).trim();
    await inside(`while grep -qx ${count} /count; do sleep 0.1; done`);
    // Its supervisor is killed while it stands still: it does not stay.
    await run('pause', 'box');
    const supervisor = await pidOf(place, 'supervisor');
    assert.ok(supervisor !== undefined);
    process.kill(supervisor, 'SIGKILL');
    assert.deepEqual(await place.running(), []);
    await run('run', 'box', '-d');
  });

  test('who needs its memory is told what has one, and nothing is lost', deadline, async () => {
    assert.match(await refused('fork', 'box'), needsMemory);
    assert.match(await refused('down', '--save'), needsMemory);
    assert.match((await run('status')).stdout, /^box +RUNNING/m);
  });

  test('the way back boots the sandbox with that disk', deadline, async () => {
    await inside('echo lost > /data; touch /later; sync');
    const { stderr } = await run('snapshot', 'restore', '--yes', 'box', 'one');
    assert.equal(stderr, '');
    assert.equal(await inside('sha256sum -c /sum; ls /later 2> /dev/null; true'), '/data: OK\n');
    // Its main program, too, starts: for the second time on this disk.
    await inside('while [ "$(wc -l < /starts)" != 2 ]; do sleep 0.1; done');
    // Made one file for a VMM that takes no layers.
    const disk = await readdir(path.join(place.project, 'menv/rw/Sandboxfile/box'));
    assert.equal(disk.filter((name) => name.startsWith('layer-')).length, 1, disk.join());
  });

  test('a fork starts from one that came as a file, with a disk of its own', deadline, async () => {
    const file = path.join(place.root, 'two.snapshot');
    await run('snapshot', 'export', 'box', 'two', '-o', file);
    await run('snapshot', 'import', 'box', 'got', '-i', file);
    const forked = await run('fork', 'box', '--snapshot', 'got', '--name', 'copy');
    assert.equal(forked.stdout, 'copy\n');
    assert.equal(
      await inside('sha256sum -c /sum; echo changed > /data; hostname', 'copy'),
      '/data: OK\ncopy\n',
    );
    assert.equal(await inside('sha256sum -c /sum'), '/data: OK\n');
    await run('down', 'copy');
    await run('remove', 'copy');
  });

  test('a memory of QEMU is refused before anything is given up; its disk is not', deadline, async () => {
    await run('down', 'box');
    await run('--vmm', 'qemu', 'run', 'box', '-d');
    await inside('while [ ! -s /count ]; do sleep 0.1; done; echo whole > /whole; sync');
    await run('snapshot', 'create', 'box', 'whole');
    assert.match((await run('snapshot', 'ls')).stdout, /^box +whole .*memory, disk/m);
    assert.match(await refused('snapshot', 'restore', '--yes', 'box', 'whole'), needsMemory);
    assert.match((await run('status')).stdout, /^box +RUNNING/m);
    await run('snapshot', 'restore', '--yes', '--disk', 'box', 'whole');
    assert.equal(await inside('cat /whole'), 'whole\n');
    await run('down');
    assert.deepEqual(await place.leftovers(), []);
  });
});
