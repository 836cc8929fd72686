import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gone, Reader } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };
const write = (text: string): Uint8Array => new TextEncoder().encode(text);

export function terminals(shared: Shared): void {
  test('has the size it was given, and tells a new one', deadline, async () => {
    const program = await shared.sandbox.exec('sh', {
      args: ['-c', 'trap "stty size; exit 5" WINCH; stty size; while :; do sleep 0.05; done'],
      tty: { rows: 33, cols: 101 },
      stdin: 'stream',
    });
    const reader = new Reader(program);
    await reader.until(/^33 101\r\n/);
    await program.resize({ rows: 40, cols: 120 });
    await reader.until(/40 120\r\n/);
    assert.equal((await reader.toEnd()).code, 5);
  });

  test('interrupts its foreground program by Ctrl+C', deadline, async () => {
    const program = await shared.sandbox.exec('sh', { tty: { rows: 24, cols: 80 }, stdin: 'stream' });
    const reader = new Reader(program);
    await reader.until(/# /);
    // Once it says so, nobody but it can get the signal.
    await program.write(write("sh -c 'echo go; exec sleep 1000'\n"));
    await reader.until(/\ngo\r\n/);
    await program.write(write('\x03'));
    await program.write(write('echo status=$?\n'));
    await reader.until(/status=130/);
    await program.write(write('exit 4\n'));
    assert.equal((await reader.toEnd()).code, 4);
  });

  test('is a controlling terminal', deadline, async () => {
    const program = await shared.sandbox.exec('sh', {
      args: ['-c', 'tty && echo to-tty >/dev/tty'],
      tty: { rows: 24, cols: 80 },
      stdin: 'stream',
    });
    const reader = new Reader(program);
    assert.equal((await reader.toEnd()).code, 0);
    assert.match(reader.seen, /^\/dev\/pts\/\d+\r\nto-tty\r\n$/);
  });

  test('hangs up when its client goes', deadline, async () => {
    const program = await shared.sandbox.exec('sh', { tty: { rows: 24, cols: 80 }, stdin: 'stream' });
    await new Reader(program).until(/# /);
    program.detach();
    await gone(shared.sandbox, program.id);
  });
}
