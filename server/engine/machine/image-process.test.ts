// The process adapter with the real `menv`; wants the built dist/.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ImageEvent } from '../api.ts';
import { hasCode } from '../errors/index.ts';
import { assetsIn, defaultAssetFolder, guestPlatform } from './assets.ts';
import { imageEvent } from './image-events.ts';
import { callImage } from './image-process.ts';
import type { ImageTool } from './image-process.ts';

async function tool(t: TestContext): Promise<ImageTool> {
  const home = await mkdtemp(join(tmpdir(), 'image-process-'));
  t.after(() => rm(home, { recursive: true }));
  const { menv, busybox } = assetsIn(defaultAssetFolder());
  return { menv, busybox, home, store: join(home, 'images'), platform: guestPlatform() };
}

const resolve = { verb: 'resolve', args: ['builtin:busybox'], subject: 'builtin:busybox' } as const;

test('an answer comes after its events', async (t) => {
  const events: ImageEvent[] = [];
  const answer = await callImage(await tool(t), { ...resolve, onEvent: (event) => events.push(event) });
  assert.ok('image' in answer);
  assert.ok(events.length > 0);
  assert.ok(events.every(({ image }) => image === 'builtin:busybox'));
});

test('a failure has its name, a missing program too, and what is no answer is one', async (t) => {
  const real = await tool(t);
  const fails = async (using: ImageTool, args: readonly string[], code: Parameters<typeof hasCode>[1]) => {
    await assert.rejects(callImage(using, { ...resolve, args }), (error) => hasCode(error, code));
  };
  await fails(real, ['/no/such/path'], 'IMAGE_NOT_FOUND');
  await fails(real, ['-not-a-flag'], 'IMAGE_REFERENCE');
  await fails({ ...real, menv: '/no/such/menv' }, ['builtin:busybox'], 'ASSET_MISSING');
  await fails(real, [], 'IMAGE_FAILED');
  await fails({ ...real, menv: '/bin/echo' }, ['x'], 'IMAGE_FAILED');
});

test('an abort ends the process and is its own outcome', async (t) => {
  const using = await tool(t);
  const reason = new Error('changed my mind');
  const load = { verb: 'load', args: ['-'], subject: 'standard input' } as const;
  // Nothing ever comes: only the abort can end this.
  const silence = new ReadableStream<Uint8Array>();
  const abort = new AbortController();
  const loading = callImage(using, { ...load, input: silence, signal: abort.signal });
  abort.abort(reason);
  await assert.rejects(loading, (error) => error === reason);
  await assert.rejects(
    callImage(using, { ...resolve, signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
});

test('a source that fails says why', async (t) => {
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream that breaks
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1 << 16);
    throw new Error('the disk broke');
  };
  const load = { verb: 'load', args: ['-'], subject: 'standard input', input: broken() } as const;
  await assert.rejects(callImage(await tool(t), load), /the disk broke/);
});

test('lines of a newer program become the nearest that is known', () => {
  const event = imageEvent(
    { layer: { digest: 'sha256:a', stage: 'teleporting', done: -1, total: 'x' } },
    'i',
  );
  assert.deepEqual(event, {
    kind: 'layer',
    image: 'i',
    digest: 'sha256:a',
    stage: 'waiting',
    done: 0,
    total: 0,
  });
  assert.equal(imageEvent({ image: {} }, 'i'), undefined);
});
