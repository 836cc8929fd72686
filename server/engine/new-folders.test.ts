import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NewFolders } from './new-folders.ts';

test('only what was made here and is still empty is taken back', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'folders-'));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'old/empty'), { recursive: true });
  const folders = new NewFolders();
  await Promise.all(
    ['old/empty', 'old/new/a', 'old/new/b', 'x/y/z'].map((path) => folders.make(join(root, path))),
  );
  await writeFile(join(root, 'x/y/used'), '');
  await folders.takeBack();
  assert.deepEqual((await readdir(root, { recursive: true })).sort(), [
    'old',
    'old/empty',
    'x',
    'x/y',
    'x/y/used',
  ]);
  await folders.takeBack();
});
