import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { contentKeyOf, fingerprint, fingerprintTree, markOf } from './fingerprint.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'fingerprint-'));
after(() => rm(folder, { recursive: true }));
const file = path.join(folder, 'file');

test('a rewrite of the same content changes the mark and not the key', async () => {
  await writeFile(file, 'same');
  const before = [await fingerprint(file)];
  await utimes(file, 1, 1);
  const later = [await fingerprint(file)];
  assert.notEqual(markOf(before), markOf(later));
  assert.equal(await contentKeyOf(before), await contentKeyOf(later));
});

test('other content and another name are other keys', async () => {
  await writeFile(file, 'one');
  const one = await contentKeyOf([await fingerprint(file)]);
  await writeFile(file, 'two');
  assert.notEqual(await contentKeyOf([await fingerprint(file)]), one);
  const other = path.join(folder, 'other');
  await writeFile(other, 'one');
  assert.notEqual(await contentKeyOf([await fingerprint(other)]), one);
});

test('a tree has its files in one order', async () => {
  const found = await fingerprintTree(folder, (each) => !each.endsWith('other'));
  assert.deepEqual(
    found.map((each) => each.file),
    [file],
  );
});
