// Each gets the catalogue's error and leaves everything as it was.

import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { msb, resultOf, startMsb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { statusOf } from '../support/sandbox-status.ts';
import { templatesMade } from '../support/templates.ts';
import { treeOf } from '../support/tree.ts';
import { pidOf } from '../support/victims.ts';

const execute = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo started; sleep 2
      check: echo works
  fresh:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo fresh
  missing:
    image: ./no/such/image
  unpulled:
    image: 127.0.0.1:1/no/such:1
  nowhere:
    image: builtin:busybox
    memory: 128
    scope: none
    workdir: /no/such
    scripts:
      start: echo never
`;

const deadline = { timeout: 300_000 };

suite('bad input', () => {
  let place: Place;
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ReturnType<typeof msb> =>
    msb(args, { cwd: place.project, env });

  /** `fails` with a message, and neither project nor home differ afterwards. */
  const refused = async (
    args: readonly string[],
    message: RegExp,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const before = [await treeOf(place.project), await treeOf(place.home)];
    const { code, stdout, stderr } = await run(args, env);
    assert.match(stderr, message);
    assert.deepEqual([code, stdout], [1, '']);
    assert.deepEqual([await treeOf(place.project), await treeOf(place.home)], before);
    assert.deepEqual(await place.leftovers(), []);
  };

  before(async () => {
    place = await Place.create(sandboxfile);
    // The first of their kind make the home's folders.
    for (const args of [
      ['run', 'box~check'],
      ['exe', 'builtin:busybox', '--', '-c', 'true'],
    ]) {
      const { code, stderr } = await run(args);
      assert.equal(code, 0, stderr);
    }
    await templatesMade(place.home);
  }, deadline);

  afterEach(() => place.endProcesses());

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('an unknown sandbox', deadline, async () => {
    for (const command of ['run', 'down', 'status', 'log', 'shell']) {
      await refused([command, 'nope'], /cannot find sandbox: 'nope' in 'Sandboxfile'/);
    }
  });

  test('an unknown script', deadline, async () => {
    await refused(['run', 'box~nope'], /script 'nope' not found in sandbox configuration 'box'/);
  });

  test('a missing image', deadline, async () => {
    await refused(['run', 'missing'], /root path does not exist: .*no\/such\/image/);
    await refused(['run', 'unpulled'], /registry cannot be reached: 127\.0\.0\.1:1\n/);
    await refused(['exe', './no/such'], /root path does not exist/);
  });

  test('no virtual machine monitor', deadline, async () => {
    const noVmm = [/qemu-of-nobody is not installed/, { MENV_VMM: 'qemu-of-nobody' }] as const;
    await refused(['run', 'fresh'], ...noVmm);
    const project = path.join(place.root, 'untouched');
    await mkdir(project);
    await writeFile(path.join(project, 'Sandboxfile'), sandboxfile);
    const { code, stderr } = await msb(['run', 'fresh'], { cwd: project, env: noVmm[1] });
    assert.equal(code, 1);
    assert.match(stderr, noVmm[0]);
    assert.deepEqual(await readdir(project), ['Sandboxfile']);
  });

  test('a virtual machine monitor that does not start', deadline, async () => {
    const { code, stderr } = await run(['run', 'box~check'], { MENV_VMM: '/bin/false' });
    assert.equal(code, 1);
    assert.match(stderr, /the virtual machine did not start, or died/);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('a socket path that is too long', deadline, async () => {
    const home = path.join(place.root, 'long'.repeat(25));
    await mkdir(home);
    const { code, stderr } = await run(['run', 'box~check'], { MENV_HOME: home });
    assert.equal(code, 1);
    assert.match(stderr, /path is too long for a socket/);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('a file that cannot be read as one, and memory of 0', deadline, async () => {
    const file = path.join(place.project, 'other');
    for (const [text, message] of [
      ['sandboxes:\n  a: {image: alpine\n', /other/],
      ['- a\n', /expected an object/],
      ['sandboxes:\n  box:\n    image: builtin:busybox\n    memory: 0\n', /amount of memory is zero/],
    ] as const) {
      await writeFile(file, text);
      await refused(['run', '-f', 'other', 'box'], message);
    }
    await refused(['run', '-f', 'absent', 'box'], /microsandbox config file not found at/);
  });

  test('a program that is not in the guest', deadline, async () => {
    for (const [selected, message] of [
      [['--exec', 'no-such-program'], /program not found in the sandbox: no-such-program/],
      [['--exec', '/etc/passwd'], /program cannot be executed: \/etc\/passwd/],
    ] as const) {
      const { code, stderr } = await run(['run', 'box', ...selected]);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.deepEqual(await place.leftovers(), []);
    }
    const { code, stderr } = await run(['run', 'nowhere']);
    assert.equal(code, 1);
    assert.match(stderr, /working directory cannot be used: \/no\/such/);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('no disk space', { ...deadline, skip: !isRoot }, async () => {
    const project = path.join(place.root, 'full');
    await mkdir(project);
    await execute('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', project]);
    try {
      await writeFile(path.join(project, 'Sandboxfile'), sandboxfile);
      const { code, stderr } = await msb(['run', 'fresh'], { cwd: project });
      assert.equal(code, 1);
      assert.match(stderr, /no space left to write/);
      assert.deepEqual(await place.leftovers(), []);
    } finally {
      await execute('umount', [project]);
    }
  });

  test('a project folder that is not ours', { ...deadline, skip: !isRoot }, async () => {
    const [project, home] = [path.join(place.root, 'theirs'), path.join(place.root, 'nobody')];
    await Promise.all([mkdir(project), mkdir(home)]);
    await chmod(place.root, 0o755);
    await chown(home, nobody, nobody);
    await writeFile(path.join(project, 'Sandboxfile'), sandboxfile);
    const options = { cwd: project, env: { MENV_HOME: home }, uid: nobody };
    const unwritable = await msb(['run', 'box'], options);
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.stderr, /cannot use the project folder/);
    await chmod(project, 0o700);
    const unreadable = await msb(['run', '-f', project, 'box'], { ...options, cwd: '/' });
    assert.equal(unreadable.code, 1);
    assert.match(unreadable.stderr, /cannot use the project folder/);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('a stale run folder', deadline, async () => {
    const child = startMsb(['run', 'box'], { cwd: place.project });
    const ended = resultOf(child);
    child.stdin.end();
    await new Promise((resolve) => child.stdout.once('data', resolve));
    for (const part of ['supervisor', 'vmm'] as const) {
      const pid = await pidOf(place, part);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    assert.equal((await ended).code, 1);
    assert.equal((await statusOf(place, 'box')).state, 'STOPPED');
    const { code, stdout } = await run(['run', 'box~check']);
    assert.deepEqual([code, stdout], [0, 'works\n']);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('a second start at the same moment', deadline, async () => {
    const both = await Promise.all([run(['run', 'box']), run(['run', 'box'])]);
    const [won, lost] = both.sort((a, b) => (a.code ?? 1) - (b.code ?? 1));
    assert.deepEqual([won.code, won.stdout], [0, 'started\n']);
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /sandbox 'box' is already running 'start'/);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('two different programs at the same moment share one sandbox', deadline, async () => {
    const [start, check] = await Promise.all([run(['run', 'box']), run(['run', 'box~check'])]);
    assert.deepEqual([check.code, check.stdout], [0, 'works\n'], check.stderr);
    // Where `check` came first, the sandbox and with it the other program ends after it.
    assert.ok(start.code === 0 || start.code === 143, start.stderr);
    assert.deepEqual(await place.leftovers(), []);
  });
});
