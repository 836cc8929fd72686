// bin/msb on a terminal, driven as by a person.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, suite, test } from 'node:test';
import { msb, msbProgram, waitForOutput } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { statusOf } from '../support/sandbox-status.ts';
import { Terminal } from '../support/terminal.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    scripts:
      wait: |
        echo up
        exec sleep 1000
`;

const deadline = { timeout: 300_000 };

suite('msb on a terminal', () => {
  let place: Place;
  const open = (...args: readonly string[]): Terminal =>
    new Terminal(msbProgram, args, { cwd: place.project, cols: 101, rows: 33 });

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  afterEach(() => place.endProcesses());

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('the guest sees the terminal’s size, also a new one', deadline, async () => {
    using terminal = open('shell', 'box');
    await terminal.waitFor(/# /);
    terminal.write('stty size\r');
    await terminal.waitFor(/33 101\r\n/);
    terminal.resize(77, 22);
    // The size travels beside the input: ask until it is there.
    terminal.write('until stty size | grep "^22 77$"; do :; done\r');
    await terminal.waitFor(/\n22 77\r\n/);
    terminal.write('exit 6\r');
    assert.equal((await terminal.ended).code, 6);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('Ctrl+C interrupts the guest’s program and ends the VM with 130', deadline, async () => {
    using terminal = open('run', 'box~wait');
    await terminal.waitFor(/up\r\n/);
    terminal.write('\x03');
    assert.equal((await terminal.ended).code, 130);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('Ctrl+C while it starts stops that, and leaves nothing', deadline, async () => {
    using terminal = open('run', 'box~wait');
    await terminal.waitFor(/boot/i);
    terminal.write('\x03');
    assert.equal((await terminal.ended).code, 130);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('the terminal is left as it was', deadline, async () => {
    const script = `stty -a >before; "${msbProgram}" shell box; stty -a >after; cmp before after && echo same`;
    using terminal = new Terminal('sh', ['-c', script], { cwd: place.project, cols: 80, rows: 24 });
    await terminal.waitFor(/# /);
    terminal.write('exit\r');
    await terminal.waitFor(/same\r\n/);
    assert.equal((await terminal.ended).code, 0);
  });

  test('a terminal that is closed hangs up: nothing is left', deadline, async () => {
    const terminal = open('run', 'box~wait');
    await terminal.waitFor(/up\r\n/);
    process.kill(terminal.pid, 'SIGHUP');
    await terminal.ended;
    assert.deepEqual(await place.leftovers(), []);
  });

  test('detached: a terminal that is closed while it starts changes nothing', deadline, async () => {
    const terminal = open('run', '--detach', 'box~wait');
    await terminal.waitFor(/boot/i);
    process.kill(terminal.pid, 'SIGHUP');
    assert.equal((await terminal.ended).code, 0);
    assert.equal((await statusOf(place, 'box')).state, 'RUNNING');
    assert.equal((await msb(['down', 'box'], { cwd: place.project })).code, 0);
    assert.deepEqual(await place.leftovers(), []);
  });

  test('nohup: a hang-up does not matter', deadline, async () => {
    const child = spawn('nohup', [msbProgram, 'run', 'box~wait'], { cwd: place.project });
    const ended = once(child, 'close');
    await waitForOutput(child, 'up\n');
    child.kill('SIGHUP');
    assert.equal((await statusOf(place, 'box')).state, 'RUNNING');
    child.kill('SIGTERM');
    // Of the first signal that it heeded.
    assert.deepEqual(await ended, [143, null]);
    assert.deepEqual(await place.leftovers(), []);
  });
});
