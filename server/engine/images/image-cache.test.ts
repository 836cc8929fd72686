import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ImageRequest, ResolvedImage } from '../machine/image-process.ts';
import { evidenceFor, readCached, writeCached } from './image-cache.ts';

const config = {
  env: ['A=1'],
  entrypoint: [],
  cmd: ['sh'],
  workingDir: '/w',
  user: '',
  exposedPorts: ['80/tcp'],
};

test('an unchanged image file is not resolved again', async (t) => {
  const { request, image } = await setUp(t);
  const evidence = await settledEvidence(request);
  await writeCached(request, evidence, image);
  assert.deepEqual(await readCached(request, evidence), image);
});

test('a file that was just written proves nothing', async (t) => {
  const { request } = await setUp(t);
  await writeFile(request.reference, 'new content');
  assert.equal(await evidenceFor(request, Date.now()), undefined);
});

test('any change of the file, the program or the question makes the record worthless', async (t) => {
  const { request, image } = await setUp(t);
  const evidence = await settledEvidence(request);
  await writeCached(request, evidence, image);
  for (const change of [
    () => utimes(request.reference, 1, 1),
    () => writeFile(request.menv, 'newer program'),
    () => writeFile(image.rootDisk, 'cut'),
  ]) {
    await change();
    const cached = await readCached(request, await settledEvidence(request));
    assert.equal(cached, undefined, change.toString());
  }
  assert.notEqual(await settledEvidence({ ...request, platform: 'linux/arm64' }), evidence);
});

test('a lost root disk or a broken record means to resolve again', async (t) => {
  const { request, image } = await setUp(t);
  const evidence = await settledEvidence(request);
  await writeCached(request, evidence, image);
  await rm(image.rootDisk);
  assert.equal(await readCached(request, evidence), undefined);
  await writeCached({ ...request, store: '/dev/null/nowhere' }, evidence, image);
});

test('folders and registry references are never remembered', async (t) => {
  const { request } = await setUp(t);
  const folder = `${request.store}/folder`;
  await mkdir(folder, { recursive: true });
  assert.equal(await evidenceFor({ ...request, reference: folder }, later()), undefined);
  assert.equal(await evidenceFor({ ...request, reference: 'alpine' }, later()), undefined);
  assert.equal(await evidenceFor({ ...request, reference: `${folder}/missing` }, later()), undefined);
});

async function settledEvidence(request: ImageRequest): Promise<string> {
  const evidence = await evidenceFor(request, later());
  assert.ok(evidence !== undefined);
  return evidence;
}

/** A time at which what the test writes counts as settled. */
function later(): number {
  return Date.now() + 60_000;
}

async function setUp(t: TestContext): Promise<{ request: ImageRequest; image: ResolvedImage }> {
  const folder = await mkdtemp(join(tmpdir(), 'image-cache-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = (name: string): string => join(folder, name);
  await Promise.all(['image.tar', 'menv', 'root.img'].map((name) => writeFile(path(name), name)));
  const request = {
    menv: path('menv'),
    busybox: path('busybox.tar'),
    store: path('store'),
    platform: 'linux/amd64',
    reference: path('image.tar'),
    onProgress: () => undefined,
  };
  return { request, image: { digest: 'sha256:0', rootDisk: path('root.img'), config } };
}
