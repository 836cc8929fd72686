// Suggestions made of what the engine says. That it says the truth is tested with real registries.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine, Images, StoredImage } from '../engine/api.ts';
import { EngineImages } from './images.ts';

const stored = (reference: string, usedAt: number): StoredImage => ({
  references: [reference],
  digest: 'sha256:0',
  platform: 'linux/amd64',
  sizeBytes: 1,
  lastUsed: new Date(usedAt),
  inUseBy: [],
});
const config = { env: [], entrypoint: [], cmd: ['sh'], workingDir: '/w', user: '', exposedPorts: ['80/tcp'] };

/** With what was asked for. */
function provider(images: Partial<Images>) {
  const asked: string[] = [];
  const engine = {
    images: {
      defaultRegistry: 'docker.io',
      list: () => {
        asked.push('list');
        const references = ['docker.io/library/alpine:3.20', 'ghcr.io/a/b:1', 'docker.io/team/app:2'];
        return Promise.resolve(references.map((reference, index) => stored(reference, index)));
      },
      tags: (name: string) => {
        asked.push(`tags ${name}`);
        return Promise.resolve(['3.19', 'latest', '3.20', 'edge']);
      },
      inspect: (name: string) => {
        asked.push(`inspect ${name}`);
        return Promise.resolve({ config });
      },
      ...images,
    },
  } as unknown as Engine;
  return { asked, images: new EngineImages(() => Promise.resolve(engine)) };
}

test('names are those of the store, the last used first, as users write them', async () => {
  const { images, asked } = provider({});
  const wanted = ['team/app:2', 'ghcr.io/a/b:1', 'alpine:3.20', 'team/app', 'ghcr.io/a/b', 'alpine'];
  assert.deepEqual(await images.names(), { items: wanted, complete: true });
  assert.deepEqual((await images.names()).items, wanted);
  assert.deepEqual(asked, ['list']);
  assert.equal(images.registry, 'docker.io');
});

test('tags are those that are here, then the registry’s', async () => {
  const { images, asked } = provider({});
  await images.names();
  assert.deepEqual(await images.tags('alpine'), { items: ['3.20'], complete: false });
  await new Promise(setImmediate);
  assert.deepEqual(await images.tags('alpine'), {
    items: ['3.20', 'latest', '3.19', 'edge'],
    complete: true,
  });
  assert.deepEqual((await images.tags('localhost:5000/x')).items, ['latest', '3.20', '3.19', 'edge']);
  assert.deepEqual((await images.tags('Not/A/Name')).items, []);
  assert.deepEqual(asked, ['list', 'tags alpine', 'tags localhost:5000/x']);
});

test('without a registry or a store there is what is known', async () => {
  const offline = () => Promise.reject(new Error('offline'));
  const registry = provider({ tags: offline }).images;
  await registry.names();
  await registry.tags('alpine');
  assert.deepEqual(await registry.tags('alpine'), { items: ['3.20'], complete: false });
  const nothing = provider({ tags: offline, list: offline }).images;
  assert.deepEqual(await nothing.names(), { items: [], complete: true });
  assert.deepEqual(await nothing.tags('alpine'), { items: [], complete: false });
  assert.equal(await nothing.config('alpine:3.20'), undefined);
});

test('closed while it asks, it has no answer', { timeout: 60_000 }, async () => {
  const { images } = provider({
    list: ({ signal } = {}) =>
      new Promise((_, reject) => {
        const leave = (): void => reject(new Error('aborted'));
        if (signal?.aborted === true) leave();
        signal?.addEventListener('abort', leave);
      }),
  });
  const config = images.config('alpine:3.20');
  images.close();
  assert.equal(await config, undefined);
  assert.equal(await images.config('alpine:3.20'), undefined);
});

test('what an image says is asked once, of images that are here only', async () => {
  const { images, asked } = provider({});
  let changes = 0;
  images.onChange(() => changes++);
  assert.deepEqual(await images.config('alpine:3.20'), config);
  assert.deepEqual(images.config('alpine:3.20'), config);
  assert.equal(images.config('alpine:3.21'), undefined);
  assert.equal(images.config('./folder'), undefined);
  assert.deepEqual([asked, changes], [['list', 'inspect alpine:3.20'], 1]);
});
