import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replaceFile } from './durable-file.ts';

test('a file gets new content, and what a killed writer or a stranger left is no hindrance', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'durable-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'file');
  const victim = join(folder, 'victim');
  await writeFile(victim, 'untouched');
  await writeFile(path, 'old');
  await chmod(path, 0o604);
  await symlink(victim, join(folder, '.file.new'));
  await replaceFile(path, 'new');
  assert.equal(await readFile(path, 'utf8'), 'new');
  assert.equal((await stat(path)).mode & 0o777, 0o604);
  assert.equal(await readFile(victim, 'utf8'), 'untouched');
  assert.deepEqual((await readdir(folder)).sort(), ['file', 'victim']);
  await assert.rejects(replaceFile(join(folder, 'absent'), 'new'));
  assert.deepEqual((await readdir(folder)).sort(), ['file', 'victim']);
});
