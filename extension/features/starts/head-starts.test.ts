import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BeginOptions } from '../../../server/engine/api.ts';
import { HeadStarts } from './head-starts.ts';

/** A project whose begin comes to its end when the test says so. */
function starting() {
  const asked: BeginOptions[] = [];
  const stopped: string[] = [];
  const beginning = Promise.withResolvers<boolean>();
  const project = {
    begin: (_: string, options: BeginOptions) => {
      asked.push(options);
      return beginning.promise;
    },
    stop: (names: readonly string[] = []) => {
      stopped.push(...names);
      return Promise.resolve();
    },
  };
  return { file: { project }, asked, stopped, ...beginning };
}

test('a start that was handed over is nobody’s to give up, and the next one is as large', async () => {
  const heads = new HeadStarts();
  const { file, asked, stopped, resolve } = starting();
  heads.begin('/r/1', { file, sandbox: 'web', key: 'a' });
  assert.deepEqual(heads.of(file, 'web'), ['/r/1']);
  assert.deepEqual(heads.of(file, 'other'), []);
  resolve(true);
  heads.handOver('/r/1', { rows: 9, cols: 70 });
  await heads.giveUp('/r/1');
  assert.deepEqual(stopped, []);
  heads.begin('/r/2', { file, sandbox: 'web', key: 'b' });
  assert.deepEqual(
    asked.map(({ key, tty: { rows, cols } }) => [key, rows, cols]),
    [
      ['a', 24, 80],
      ['b', 9, 70],
    ],
  );
  assert.equal(asked[0]?.signal?.aborted, false);
});

test('one that nobody takes over is ended, once it has begun', async () => {
  const heads = new HeadStarts();
  const { file, asked, stopped, resolve } = starting();
  heads.begin('/r/1', { file, sandbox: 'web', key: 'a' });
  const given = heads.giveUp('/r/1');
  assert.equal(asked[0]?.signal?.aborted, true);
  assert.deepEqual(stopped, []);
  // The abort came too late.
  resolve(true);
  await given;
  assert.deepEqual(stopped, ['web']);
  await heads.giveUp('/r/1');
  assert.deepEqual(stopped, ['web']);
});

test('what did not begin is left to the terminal', async () => {
  const heads = new HeadStarts();
  const { file, stopped, reject } = starting();
  heads.begin('/r/1', { file, sandbox: 'web', key: 'a' });
  reject(new Error('no space left'));
  await heads.giveUp('/r/1');
  assert.deepEqual(stopped, []);
  heads.begin('/r/2', { file: { project: undefined }, sandbox: 'web', key: 'a' });
  assert.deepEqual(heads.of(file, 'web'), []);
});
