import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstErrorIn } from './first-error.ts';

test('the first of several, with its place', () => {
  const message =
    'Sandboxfile has errors:\nSandboxfile:4:13: error SBX-MEMORY: no size: lots\nSandboxfile:9:1: error SBX-X: b';
  assert.deepEqual(firstErrorIn(message), {
    file: 'Sandboxfile',
    line: 4,
    column: 13,
    text: 'no size: lots',
  });
});

test('a module whose name has spaces and colons', () => {
  const found = firstErrorIn('a has errors:\nlib/b: c:2:1: error SBX-TYPE: wrong');
  assert.deepEqual(found, { file: 'lib/b: c', line: 2, column: 1, text: 'wrong' });
});

test('a failure of another kind has none', () => {
  assert.equal(firstErrorIn('cannot use the project folder: /x:1:2'), undefined);
});
