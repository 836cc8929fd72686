import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, pieces } from './outbox.ts';

test('a message counts as sent when the transport asks for the next one', async () => {
  const outbox = new Outbox<string>();
  const reader = outbox[Symbol.asyncIterator]();
  let sent = false;
  const sending = outbox.send('a').then(() => {
    sent = true;
  });
  assert.deepEqual(await reader.next(), { done: false, value: 'a' });
  await Promise.resolve();
  assert.equal(sent, false);
  const next = reader.next();
  await sending;
  const second = outbox.send('b');
  outbox.end();
  assert.deepEqual(await next, { done: false, value: 'b' });
  assert.equal((await reader.next()).done, true);
  await second;
  await assert.rejects(outbox.send('late'));
});

test('messages keep their order and the end comes last', async () => {
  const outbox = new Outbox<number>();
  const sending = Promise.all([outbox.send(1), outbox.send(2), outbox.send(3)]);
  outbox.end();
  const seen: number[] = [];
  for await (const message of outbox) seen.push(message);
  assert.deepEqual(seen, [1, 2, 3]);
  await sending;
});

test('a broken stream rejects everything that has not left', async () => {
  const outbox = new Outbox<string>();
  const reader = outbox[Symbol.asyncIterator]();
  const taken = outbox.send('a');
  const waiting = outbox.send('b');
  await reader.next();
  outbox.fail(new Error('gone'));
  await assert.rejects(taken, /gone/);
  await assert.rejects(waiting, /gone/);
  await assert.rejects(outbox.send('c'), /gone/);
  assert.equal((await reader.next()).done, true);
});

test('data is cut to what a message may carry, nothing lost', () => {
  const data = Buffer.alloc((256 << 10) * 2 + 5, 7);
  const cut = [...pieces(data)];
  assert.deepEqual(
    cut.map(({ length }) => length),
    [256 << 10, 256 << 10, 5],
  );
  assert.ok(Buffer.concat(cut).equals(data));
  assert.deepEqual([...pieces(new Uint8Array())], []);
});
