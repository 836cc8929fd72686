import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { root, trackedFiles } from './files.ts';
import { maxLines } from './rooms.ts';

test(`no source file is longer than ${maxLines} lines`, async () => {
  const sources = (await trackedFiles()).filter(
    (file) => /\.(ts|js|mjs|go|proto|sh)$/.test(file) && !file.includes('/gen/'),
  );
  const long: string[] = [];
  for (const file of sources) {
    const lines = (await readFile(path.join(root, file), 'utf8')).split('\n').length - 1;
    if (lines > maxLines) long.push(`${file}: ${lines}`);
  }
  assert.deepEqual(long, []);
});
