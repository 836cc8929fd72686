import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from '../../host/localizer.ts';
import { freeName, nameFault } from './name.ts';

test('names that the engine takes are taken, others are refused with a reason', () => {
  for (const good of ['a', '1', 'before-update_2.0', 'x'.repeat(64)]) {
    assert.equal(nameFault(good, [], ENGLISH), undefined);
  }
  for (const bad of ['', '-a', '.a', 'a b', 'ä', '../a', 'x'.repeat(65)]) {
    assert.match(nameFault(bad, [], ENGLISH) ?? '', /^Up to 64/);
  }
  assert.match(nameFault('a', ['a'], ENGLISH) ?? '', /exists/);
});

test('the suggested name is free', () => {
  assert.equal(freeName([]), 's1');
  assert.equal(freeName(['s1', 's3']), 's2');
  assert.equal(freeName(['before-1'], 'before-'), 'before-2');
});
