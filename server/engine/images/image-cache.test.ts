import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ResolvedImage } from '../machine/image-answers.ts';
import { recall, remember } from './image-cache.ts';
import type { ImageQuestion, Recalled } from './image-cache.ts';

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
  const { evidence } = await settled(question);
  await remember(question, evidence, image);
  assert.deepEqual(await settled(question), { evidence, image });
});

test('a file that was just written proves nothing', async (t) => {
  const { question, image } = await setUp(t);
  await writeFile(question.reference, 'new content');
  assert.deepEqual(await recall(question), {});
  await remember(question, undefined, image);
  assert.equal((await settled(question)).image, undefined);
});

test('any change of the file, the program or the question makes the record worthless', async (t) => {
  const { question, image } = await setUp(t);
  const { evidence } = await settled(question);
  await remember(question, evidence, image);
  for (const change of [
    () => utimes(question.reference, 1, 1),
    () => writeFile(question.menv, 'newer program'),
    () => writeFile(image.rootDisk, 'cut'),
  ]) {
    await change();
    assert.equal((await settled(question)).image, undefined, change.toString());
  }
  assert.notEqual((await settled({ ...question, platform: 'linux/arm64' })).evidence, evidence);
});

test('a lost root disk or a broken record means to resolve again', async (t) => {
  const { question, image } = await setUp(t);
  const { evidence } = await settled(question);
  await remember(question, evidence, image);
  await rm(image.rootDisk);
  assert.equal((await settled(question)).image, undefined);
  await remember({ ...question, store: '/dev/null/nowhere' }, evidence, image);
});

test('folders and what is not there are never remembered', async (t) => {
  const { question, image } = await setUp(t);
  const folder = `${question.store}/folder`;
  await mkdir(folder, { recursive: true });
  for (const reference of [folder, `${folder}/missing`, 'builtin:other', 'alpine']) {
    assert.deepEqual(await recall({ ...question, reference }, later()), {}, reference);
  }
  await remember({ ...question, reference: folder }, undefined, image);
  assert.deepEqual(await recall({ ...question, reference: folder }, later()), {});
});

test('a reference is proved by the record of its name: not the first time, then until that changes', async (t) => {
  const { question: local, image } = await setUp(t);
  const question = { ...local, reference: 'alpine' };
  const first = await settled(question);
  assert.deepEqual(first, {});
  await remember(question, first.evidence, image);
  const second = await settled(question);
  assert.equal(second.image, undefined);
  await remember(question, second.evidence, image);
  assert.deepEqual((await settled(question)).image, image);

  // Another image under the same name: the store renames a new record over the old one.
  await writeFile(`${image.referenceFile}.new`, 'record');
  await rename(`${image.referenceFile}.new`, image.referenceFile);
  const moved = await settled(question);
  assert.equal(moved.image, undefined);
  await remember(question, moved.evidence, image);
  assert.deepEqual((await settled(question)).image, image);

  await rm(image.referenceFile);
  assert.deepEqual(await settled(question), {});
});

test('another default registry is another question', async (t) => {
  const { question: local, image } = await setUp(t);
  const question = { ...local, reference: 'alpine' };
  await remember(question, undefined, image);
  await remember(question, (await settled(question)).evidence, image);
  assert.deepEqual((await settled(question)).image, image);
  process.env['OCI_REGISTRY_DOMAIN'] = 'registry.example';
  t.after(() => delete process.env['OCI_REGISTRY_DOMAIN']);
  assert.deepEqual(await settled(question), {});
});

function settled(question: ImageQuestion): Promise<Recalled> {
  return recall(question, later());
}

/** A time at which what the test writes counts as settled. */
function later(): number {
  return Date.now() + 60_000;
}

async function setUp(t: TestContext): Promise<{ question: ImageQuestion; image: ResolvedImage }> {
  const folder = await mkdtemp(join(tmpdir(), 'image-cache-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  await Promise.all(
    ['image.tar', 'menv', 'root.img', 'name.json'].map((name) => writeFile(path(name), name)),
  );
  const question = {
    menv: path('menv'),
    busybox: path('busybox.tar'),
    store: path('store'),
    platform: 'linux/amd64',
    reference: path('image.tar'),
    home: folder,
  };
  return {
    question,
    image: { digest: 'sha256:0', rootDisk: path('root.img'), referenceFile: path('name.json'), config },
  };
}
