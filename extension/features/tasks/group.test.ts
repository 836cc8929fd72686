import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupOf } from './group.ts';

for (const [script, group] of [
  ['test', 'test'],
  ['test:unit', 'test'],
  ['build-all', 'build'],
  ['tester', undefined],
  ['start', undefined],
] as const) {
  test(`${script} is of group ${String(group)}`, () => assert.equal(groupOf(script), group));
}
