// bin/msb with pipes, as scripts use it.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { msb, resultOf, startMsb, waitForOutput } from '../support/msb.ts';
import type { MsbResult } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { statusOf } from '../support/sandbox-status.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    workdir: /root
    scripts:
      start: for each; do printf '<%s>' "$each"; done
      status: exit "$1"
      killed: kill -9 $$
      wait: |
        echo up
        exec sleep 1000
      stubborn: |
        trap '' INT TERM
        echo up
        while :; do sleep 1; done
      apart: echo out; echo err >&2
      upper: tr a-z A-Z
      keep: echo "$1" >kept; sync kept
      kept: cat kept
`;

const deadline = { timeout: 300_000 };

suite('msb', () => {
  let place: Place;
  const run = (...args: readonly string[]): Promise<MsbResult> => msb(args, { cwd: place.project });

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  afterEach(() => place.endProcesses());

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('run passes arguments and output, exactly', deadline, async () => {
    const args = ['a b', '', '*', '-x', 'ü\nü'];
    const { code, stdout, stderr } = await run('run', 'box', '--', ...args);
    assert.equal(stdout, args.map((each) => `<${each}>`).join(''));
    assert.equal(code, 0, stderr);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('run of the example passes a and b', deadline, async () => {
    const { code, stdout } = await run(
      'run',
      '-f',
      path.join(import.meta.dirname, '../../examples/hello'),
      'hello',
      '--',
      'a',
      'b',
    );
    assert.equal(code, 0);
    assert.match(stdout, /^arguments: a b$/m);
  });

  test('the exit status is the program’s; 128 + signal when it was killed', deadline, async () => {
    assert.equal((await run('run', 'box~status', '--', '7')).code, 7);
    assert.equal((await run('run', 'box~killed')).code, 137);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('stdin goes in; stdout and stderr stay apart', deadline, async () => {
    const upper = await msb(['run', 'box~upper'], { cwd: place.project, input: 'hello\n' });
    assert.equal(upper.stdout, 'HELLO\n');
    const apart = await run('run', 'box~apart');
    assert.equal(apart.stdout, 'out\n');
    assert.match(apart.stderr, /^err$/m);
    assert.doesNotMatch(apart.stderr, /^out$/m);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} stops the program and the VM`, deadline, async () => {
      const child = startMsb(['run', 'box~wait'], { cwd: place.project });
      const ended = resultOf(child);
      await waitForOutput(child, 'up\n');
      child.kill(signal);
      assert.equal((await ended).code, signal === 'SIGINT' ? 130 : 143);
      assert.equal((await statusOf(place, 'box')).state, 'STOPPED');
      assert.deepEqual(await place.leftovers(), []);
    });
  }

  test('a program that ignores Ctrl+C is ended all the same', deadline, async () => {
    const child = startMsb(['run', 'box~stubborn'], { cwd: place.project });
    const ended = resultOf(child);
    await waitForOutput(child, 'up\n');
    child.kill('SIGINT');
    assert.equal((await ended).code, 130);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('what a run writes, the next one reads', deadline, async () => {
    assert.equal((await run('run', 'box~keep', '--', 'something')).code, 0);
    assert.equal((await run('run', 'box~kept')).stdout, 'something\n');
  });

  test('detached: runs until it is put down, and takes more programs meanwhile', deadline, async () => {
    const started = await run('run', '--detach', 'box~wait');
    assert.deepEqual([started.code, started.stdout], [0, '']);
    const running = await statusOf(place, 'box');
    assert.equal(running.state, 'RUNNING');
    assert.ok(running.supervisor !== undefined && running.vmm !== undefined);
    assert.equal((await run('run', 'box~status', '--', '9')).code, 9);
    assert.equal((await run('shell', 'box', '--', '-c', 'exit 5')).code, 5);
    const again = await run('run', 'box~wait');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /sandbox 'box' is already running 'wait'/);
    assert.equal((await statusOf(place, 'box')).supervisor, running.supervisor);
    assert.match((await run('log', 'box')).stdout, /^up$/m);
    assert.equal((await run('down', 'box')).code, 0);
    assert.equal((await statusOf(place, 'box')).state, 'STOPPED');
    assert.equal((await run('down', 'box')).code, 0);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('exe runs an image once and leaves nothing', deadline, async () => {
    const { code, stdout, stderr } = await run('exe', 'builtin:busybox', '--', '-c', 'echo once; exit 4');
    assert.deepEqual([code, stdout], [4, 'once\n'], stderr);
    assert.deepEqual(await place.leftovers(), []);
    assert.deepEqual(await readdir(path.join(place.home, 'oneoff')).catch(() => []), []);
  });

  test('exe that is interrupted leaves nothing', deadline, async () => {
    const child = startMsb(['exe', 'builtin:busybox', '--', '-c', 'echo up; exec sleep 1000'], {
      cwd: place.project,
    });
    const ended = resultOf(child);
    await waitForOutput(child, 'up\n');
    child.kill('SIGINT');
    assert.equal((await ended).code, 130);
    assert.deepEqual(await place.leftovers(), []);
    assert.deepEqual(await readdir(path.join(place.home, 'oneoff')).catch(() => []), []);
  });

  test('a reader that goes away ends msb, not with success', deadline, async () => {
    const child = startMsb(['exe', 'builtin:busybox', '--', '-c', 'yes'], { cwd: place.project });
    await waitForOutput(child, 'y\n');
    child.stdout.destroy();
    child.stderr.resume();
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.notEqual(code, 0);
    assert.deepEqual(await place.leftovers(), []);
  });
});
