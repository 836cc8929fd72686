import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Terminal } from '../../../test/support/terminal.ts';

const fixture = new URL('./shown.fixture.ts', import.meta.url).pathname;
/** Against hangs only. */
const deadline = { timeout: 60_000 };
const QUESTION = '\x1b[5n';
const ANSWER = '\x1b[0n';

function start(): Terminal {
  return new Terminal(process.execPath, [fixture], { cwd: '/', cols: 80, rows: 24 });
}

/** Where the text goes on behind the next question, which comes at once and only once. */
async function questioned(terminal: Terminal, from: number): Promise<number> {
  await terminal.waitFor(/\[5n/, from);
  assert.equal(terminal.seen.slice(from).split(QUESTION).length, 2);
  return terminal.seen.length;
}

test('a task ends when its terminal has said often enough that all is shown', deadline, async () => {
  using terminal = start();
  let at = 0;
  for (let trip = 0; trip < 3; trip += 1) {
    at = await questioned(terminal, at);
    assert.doesNotMatch(terminal.seen, /ends/);
    // Between an answer's halves, and keys of the user, which are nobody's.
    terminal.write('x\x1b[');
    terminal.write(ANSWER.slice(2));
  }
  assert.deepEqual(await terminal.ended, { code: 0, signal: 0 });
  assert.match(terminal.seen, /^said[^]*ends/);
  // No answer is seen on the screen.
  assert.doesNotMatch(terminal.seen, /0n/);
});

test('it does not wait for a terminal that is closed', deadline, async () => {
  using terminal = start();
  await questioned(terminal, 0);
  process.kill(terminal.pid, 'SIGHUP');
  assert.deepEqual(await terminal.ended, { code: 0, signal: 0 });
});

test('what is no terminal is not asked', deadline, () => {
  const { stdout, status } = spawnSync(process.execPath, [fixture], { encoding: 'utf8', input: '' });
  assert.deepEqual([status, stdout], [0, 'said\nends\n']);
});
