import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NotTextError, readTextFile } from './text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'text-file-'));
after(() => rmSync(folder, { recursive: true }));

const made = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test('text comes back as it is, byte order mark included', async () => {
  assert.equal(await readTextFile(made('plain', '\uFEFFa: é\r\n')), '\uFEFFa: é\r\n');
});

test('what is not a bounded regular file of UTF-8 is refused at once', async () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const huge = made('huge', '');
  truncateSync(huge, 1024 ** 4);
  for (const path of [fifo, '/dev/zero', huge, made('latin1', Buffer.from([0x61, 0xe9]))]) {
    await assert.rejects(readTextFile(path), NotTextError, path);
  }
});

test('a missing file is the system error', async () => {
  await assert.rejects(readTextFile(join(folder, 'none')), { code: 'ENOENT' });
});
