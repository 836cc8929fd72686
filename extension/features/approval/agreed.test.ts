import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Agreed } from './agreed.ts';

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'agreed-'));
  t.after(() => rm(made, { recursive: true }));
  return path.join(made, 'not/yet');
}

test('what was agreed to is known to the next window at once, until it is forgotten', async (t) => {
  const where = await folder(t);
  const agreed = new Agreed(where);
  assert.deepEqual(agreed.digests, []);
  agreed.add('a');
  agreed.add('b');
  agreed.add('a');
  const next = new Agreed(where);
  assert.deepEqual([...next.digests].sort(), ['a', 'b']);
  next.forget();
  assert.deepEqual(new Agreed(where).digests, []);
  next.forget();
});

test('only so many are kept', async (t) => {
  const where = await folder(t);
  for (let count = 0; count < 210; count++) new Agreed(where).add(String(count));
  assert.equal(new Agreed(where).digests.length, 200);
});

test('without a folder, or where there can be none, this window remembers', async (t) => {
  const file = path.join(await folder(t), '../../file');
  await writeFile(file, '');
  for (const where of [undefined, path.join(file, 'below')]) {
    const agreed = new Agreed(where);
    agreed.add('a');
    assert.deepEqual(agreed.digests, ['a']);
    agreed.forget();
    assert.deepEqual(agreed.digests, []);
  }
});
