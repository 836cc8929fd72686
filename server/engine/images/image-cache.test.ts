import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ResolvedImage } from '../machine/image-answers.ts';
import { evidenceFor, readCached, writeCached } from './image-cache.ts';
import type { ImageQuestion } from './image-cache.ts';

const config = {
  env: ['A=1'],
  entrypoint: [],
  cmd: ['sh'],
  workingDir: '/w',
  user: '',
  exposedPorts: ['80/tcp'],
};

test('an unchanged image file is not resolved again', async (t) => {
  const { question, image } = await setUp(t);
  const evidence = await settledEvidence(question);
  await writeCached(question, evidence, image);
  assert.deepEqual(await readCached(question, evidence), image);
});

test('a file that was just written proves nothing', async (t) => {
  const { question } = await setUp(t);
  await writeFile(question.reference, 'new content');
  assert.equal(await evidenceFor(question, Date.now()), undefined);
});

test('any change of the file, the program or the question makes the record worthless', async (t) => {
  const { question, image } = await setUp(t);
  const evidence = await settledEvidence(question);
  await writeCached(question, evidence, image);
  for (const change of [
    () => utimes(question.reference, 1, 1),
    () => writeFile(question.menv, 'newer program'),
    () => writeFile(image.rootDisk, 'cut'),
  ]) {
    await change();
    const cached = await readCached(question, await settledEvidence(question));
    assert.equal(cached, undefined, change.toString());
  }
  assert.notEqual(await settledEvidence({ ...question, platform: 'linux/arm64' }), evidence);
});

test('a lost root disk or a broken record means to resolve again', async (t) => {
  const { question, image } = await setUp(t);
  const evidence = await settledEvidence(question);
  await writeCached(question, evidence, image);
  await rm(image.rootDisk);
  assert.equal(await readCached(question, evidence), undefined);
  await writeCached({ ...question, store: '/dev/null/nowhere' }, evidence, image);
});

test('folders and registry references are never remembered', async (t) => {
  const { question } = await setUp(t);
  const folder = `${question.store}/folder`;
  await mkdir(folder, { recursive: true });
  assert.equal(await evidenceFor({ ...question, reference: folder }, later()), undefined);
  assert.equal(await evidenceFor({ ...question, reference: 'alpine' }, later()), undefined);
  assert.equal(await evidenceFor({ ...question, reference: `${folder}/missing` }, later()), undefined);
});

async function settledEvidence(question: ImageQuestion): Promise<string> {
  const evidence = await evidenceFor(question, later());
  assert.ok(evidence !== undefined);
  return evidence;
}

/** A time at which what the test writes counts as settled. */
function later(): number {
  return Date.now() + 60_000;
}

async function setUp(t: TestContext): Promise<{ question: ImageQuestion; image: ResolvedImage }> {
  const folder = await mkdtemp(join(tmpdir(), 'image-cache-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  await Promise.all(['image.tar', 'menv', 'root.img'].map((name) => writeFile(path(name), name)));
  const question = {
    menv: path('menv'),
    busybox: path('busybox.tar'),
    store: path('store'),
    platform: 'linux/amd64',
    reference: path('image.tar'),
    home: folder,
  };
  return { question, image: { digest: 'sha256:0', rootDisk: path('root.img'), config } };
}
