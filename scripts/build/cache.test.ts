import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const home = await mkdtemp(path.join(tmpdir(), 'cache-'));
process.env['XDG_CACHE_HOME'] = home;
const { cached } = await import('./cache.ts');
after(() => rm(home, { recursive: true }));

const builds = path.join(home, 'sandboxfile/build');

test('builds once for a key', async () => {
  let count = 0;
  const build = async (folder: string): Promise<void> => {
    count++;
    await writeFile(path.join(folder, 'file'), 'content');
  };
  const first = await cached('step', 'key', build);
  assert.equal(await cached('step', 'key', build), first);
  assert.equal(count, 1);
  assert.equal(await readFile(path.join(first, 'file'), 'utf8'), 'content');
});

test('a failed build leaves nothing behind', async () => {
  const failing = cached('step', 'failing', () => Promise.reject(new Error('broken')));
  await assert.rejects(failing, { message: 'broken' });
  assert.deepEqual(await readdir(builds), ['step-key']);
});

test('builds of one key at once agree on one result', async () => {
  const results = await Promise.all(
    [1, 2, 3].map((each) => cached('race', 'key', (folder) => writeFile(path.join(folder, 'by'), `${each}`))),
  );
  assert.deepEqual([...new Set(results)], [path.join(builds, 'race-key')]);
  assert.deepEqual(await readdir(builds), ['race-key', 'step-key']);
});

test('what nobody used for long goes when something new comes', async () => {
  const longAgo = new Date(Date.now() - 40 * 24 * 3600 * 1000);
  await utimes(path.join(builds, 'step-key'), longAgo, longAgo);
  await cached('new', 'key', () => Promise.resolve());
  assert.deepEqual(await readdir(builds), ['new-key', 'race-key']);
});
