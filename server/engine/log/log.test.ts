import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { hasCode } from '../errors/index.ts';
import { readLog } from './log.ts';
import type { LogOptions } from './log.ts';

test('the whole log, or its last lines', async (t) => {
  const path = await logPath(t);
  await writeFile(path, 'one\ntwo\n\nfour');
  assert.equal(await text(path), 'one\ntwo\n\nfour');
  assert.equal(await text(path, { tail: 1 }), 'four');
  assert.equal(await text(path, { tail: 2 }), '\nfour');
  assert.equal(await text(path, { tail: 4 }), 'one\ntwo\n\nfour');
  assert.equal(await text(path, { tail: 99 }), 'one\ntwo\n\nfour');
  assert.equal(await text(path, { tail: 0 }), '');
  await appendFile(path, '\n');
  assert.equal(await text(path, { tail: 1 }), 'four\n');
});

test('lines that are longer than a block are found from the end', async (t) => {
  const path = await logPath(t);
  const long = 'x'.repeat(200_000);
  await writeFile(path, `first\n${long}\nlast\n`);
  assert.equal(await text(path, { tail: 2 }), `${long}\nlast\n`);
  assert.equal(await text(path, { tail: 3 }), `first\n${long}\nlast\n`);
});

test('a missing log is named', async (t) => {
  const path = await logPath(t);
  await assert.rejects(
    text(path),
    (error) => hasCode(error, 'LOG_NOT_FOUND') && error.message.endsWith(path),
  );
  await assert.rejects(text(path, { follow: true }), (error) => hasCode(error, 'LOG_NOT_FOUND'));
});

test(
  'following sees what is appended, through a rotation and a truncation',
  { timeout: 120_000 },
  async (t) => {
    const path = await logPath(t);
    await writeFile(path, 'before\nstart\n');
    const abort = new AbortController();
    const log = readLog(path, { tail: 1, follow: true, signal: abort.signal });
    await expectNext(log, 'start\n');
    await appendFile(path, 'more\n');
    await expectNext(log, 'more\n');
    // What the supervisor does at 10 MiB, with the last words written just before it.
    await appendFile(path, 'last of old\n');
    await rename(path, `${path}.old`);
    await writeFile(path, 'first of new\n');
    await expectNext(log, 'last of old\nfirst of new\n');
    await writeFile(path, 'cut\n');
    await expectNext(log, 'cut\n');
    const next = log.next();
    abort.abort(new Error('enough'));
    await assert.rejects(next, /enough/);
  },
);

async function logPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'log-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'app.log');
}

async function text(path: string, options: LogOptions = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLog(path, options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** However the bytes are cut into chunks. */
async function expectNext(log: AsyncGenerator<Uint8Array>, expected: string): Promise<void> {
  let seen = '';
  while (seen.length < expected.length) {
    const next = await log.next();
    assert.ok(next.done !== true, 'the log ended');
    seen += Buffer.from(next.value).toString();
  }
  assert.equal(seen, expected);
}
