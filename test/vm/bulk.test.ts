// A quarter of a gibibyte each way, byte for byte.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { startMsb } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const total = 256 << 20;
const blocks = 32;

const sandboxfile = `sandboxes:
  pipe:
    image: builtin:busybox
    memory: 256
    scope: none
    scripts:
      take: sha256sum
      give: |
        head -c ${total / blocks} /dev/urandom >/root/block
        give() { i=0; while [ $i -lt ${blocks} ]; do cat /root/block; i=$((i+1)); done; }
        give | sha256sum >&2
        give
`;

const deadline = { timeout: 240_000 };

suite('bulk', () => {
  let place: Place;

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('256 MiB through stdin into sha256sum', deadline, async () => {
    const child = startMsb(['run', 'pipe~take'], { cwd: place.project });
    const [closed, stdout] = [once(child, 'close'), hexOf(child.stdout)];
    child.stderr.resume();
    const sent = createHash('sha256');
    for (let count = 0; count < blocks; count++) {
      const block = randomBytes(total / blocks);
      sent.update(block);
      if (!child.stdin.write(block)) await once(child.stdin, 'drain');
    }
    child.stdin.end();
    assert.deepEqual(await closed, [0, null]);
    assert.equal(await stdout, sent.digest('hex'));
  });

  test('256 MiB from stdout', deadline, async () => {
    const child = startMsb(['run', 'pipe~give'], { cwd: place.project });
    const [closed, stderr] = [once(child, 'close'), hexOf(child.stderr)];
    child.stdin.end();
    const received = createHash('sha256');
    const size = await digest(child.stdout, received);
    assert.deepEqual(await closed, [0, null]);
    assert.equal(size, total);
    assert.equal(await stderr, received.digest('hex'));
    assert.deepEqual(await place.leftovers(), []);
  });
});

async function digest(stream: AsyncIterable<Uint8Array>, hash: Hash): Promise<number> {
  let size = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    size += chunk.length;
  }
  return size;
}

/** The sum that sha256sum printed, among whatever else. */
async function hexOf(stream: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return /\b[0-9a-f]{64}\b/.exec(text)?.[0];
}
