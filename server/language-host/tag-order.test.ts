import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byUse } from './tag-order.ts';

test('the tags that people look for come first', () => {
  const wanted = [
    'latest',
    '4',
    '3',
    '3.20',
    '3.20.3',
    '3.20.2',
    '3.9',
    'v2.1',
    '3-slim',
    '3.20-slim',
    '3.20-bookworm',
    'edge',
    'bookworm',
  ];
  for (const start of [wanted.toReversed(), wanted.toSorted()]) {
    assert.deepEqual(start.toSorted(byUse).sort(byUse), wanted);
  }
});
