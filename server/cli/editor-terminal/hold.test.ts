import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Terminal } from '../../../test/support/terminal.ts';

const fixture = new URL('./hold.fixture.ts', import.meta.url).pathname;
/** Against hangs only. */
const deadline = { timeout: 60_000 };

async function held(): Promise<Terminal> {
  const terminal = new Terminal(process.execPath, [fixture], { cwd: '/', cols: 80, rows: 24 });
  await terminal.waitFor(/exit status 3.*R runs it again/);
  return terminal;
}

for (const [key, answer] of [
  ['r', 'again asked'],
  ['\r', 'closes asked'],
] as const) {
  test(`what was printed stays until a key is pressed: ${JSON.stringify(key)}`, deadline, async () => {
    using terminal = await held();
    terminal.write(key);
    assert.deepEqual(await terminal.ended, { code: 0, signal: 0 });
    assert.ok(terminal.seen.includes(answer));
  });
}

test('its program ends when the editor closes the terminal: no key will come', deadline, async () => {
  using terminal = await held();
  process.kill(terminal.pid, 'SIGHUP');
  assert.deepEqual(await terminal.ended, { code: 0, signal: 0 });
  assert.match(terminal.seen, /closes SIGHUP/);
});
