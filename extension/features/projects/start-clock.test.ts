import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phase } from '../../../server/engine/api.ts';
import { StartClock } from './start-clock.ts';

function clock(...entered: readonly (readonly [Phase, number])[]): StartClock {
  const made = new StartClock();
  for (const [phase, ms] of entered) made.enter(phase, new Date(ms));
  return made;
}

test('each step lasts until the next', () => {
  const { times } = clock(['preparing', 0], ['booting', 30], ['configuring', 1530], ['running', 1830]);
  assert.deepEqual(times, [
    { step: 'preparing', ms: 30 },
    { step: 'booting', ms: 1500 },
    { step: 'configuring', ms: 300 },
  ]);
});

test('a run that was found running was not seen starting', () => {
  const { times } = clock(['preparing', 5], ['booting', 5], ['configuring', 6], ['running', 6]);
  assert.deepEqual(times, []);
});

test('the last start counts', () => {
  const made = clock(['preparing', 0], ['booting', 100], ['running', 200], ['stopping', 300]);
  for (const [phase, ms] of [
    ['preparing', 1000],
    ['booting', 1010],
    ['running', 1050],
  ] as const) {
    made.enter(phase, new Date(ms));
  }
  assert.deepEqual(made.times, [
    { step: 'preparing', ms: 10 },
    { step: 'booting', ms: 40 },
  ]);
});
