import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from '../../host/localizer.ts';
import { age } from './age.ts';

const since = new Date(0);

for (const [ms, text] of [
  [0, ''],
  [59_999, ''],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [86_400_000 * 2, '2 d'],
] as const) {
  test(`${ms} ms are ${text || 'nothing'}`, () => assert.equal(age(since, new Date(ms), ENGLISH), text));
}

test('a clock that went back is no age', () => assert.equal(age(new Date(5000), since, ENGLISH), ''));
