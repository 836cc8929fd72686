import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { hasCode, SandboxError } from '../errors/index.ts';
import { answerOf } from './answer.ts';

test('who is only slow is asked once more, with patience; who is held still, or gone, is not', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'answer-'));
  const lock = path.join(folder, 'lock');
  const child = spawn('sleep', ['1000']);
  t.after(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });
  await once(child, 'spawn');
  let deadlines: number[] = [];
  /** Answers to those only who wait longer than a second. */
  const slow = (deadlineMs: number): Promise<string> => {
    deadlines.push(deadlineMs);
    return deadlineMs > 1_000
      ? Promise.resolve('here')
      : Promise.reject(new SandboxError('UNRESPONSIVE', { subject: 'box' }));
  };
  const given = async (): Promise<number> => {
    deadlines = [];
    await assert.rejects(answerOf(lock, 500, slow), (error) => hasCode(error, 'UNRESPONSIVE'));
    return deadlines.length;
  };

  assert.equal(await given(), 1, 'nobody has the lock');
  await writeFile(lock, `${String(child.pid)}\n`);
  deadlines = [];
  assert.equal(await answerOf(lock, 500, slow), 'here');
  assert.equal(deadlines.length, 2);
  child.kill('SIGSTOP');
  const stat = `/proc/${String(child.pid)}/stat`;
  while (process.platform === 'linux' && !(await readFile(stat, 'latin1')).includes(') T ')) continue;
  assert.equal(await given(), 1, 'it is held still');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await given(), 1, 'it is gone');
  await assert.rejects(
    answerOf(lock, 500, () => Promise.reject(new Error('another'))),
    /another/,
  );
});
