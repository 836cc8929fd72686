import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdLock } from './file-lock.ts';

test('one holder at a time; a wait can be given up', async (t) => {
  const path = await lockPath(t);
  const first = await holdLock(path);
  const reason = new Error('given up');
  await assert.rejects(holdLock(path, AbortSignal.abort(reason)), reason);
  const giveUp = new AbortController();
  const waiting = holdLock(path, giveUp.signal);
  giveUp.abort(reason);
  await assert.rejects(waiting, reason);
  const second = holdLock(path);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});

test('a killed holder holds nothing', async (t) => {
  const path = await lockPath(t);
  const program = `import { holdLock } from ${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))};
    globalThis.lock = await holdLock(${JSON.stringify(path)});
    setInterval(() => undefined, 60_000);
    console.log('held');`;
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const next = holdLock(path);
  holder.kill('SIGKILL');
  (await next)[Symbol.dispose]();
});

async function lockPath(t: { after: (work: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'lock');
}
