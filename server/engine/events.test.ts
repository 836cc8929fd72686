import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineEvent } from './api.ts';
import { EventHub } from './events.ts';

test('every listener sees one order without gaps', () => {
  const hub = new EventHub();
  const first: EngineEvent[] = [];
  const second: EngineEvent[] = [];
  using _first = hub.subscribe((event) => first.push(event));
  hub.emit('a', { kind: 'phase', phase: 'booting' });
  using _second = hub.subscribe((event) => second.push(event));
  hub.emit('b', { kind: 'stopped', clean: true });
  assert.deepEqual(
    first.map(({ seq, sandbox }) => [seq, sandbox]),
    [
      [1, 'a'],
      [2, 'b'],
    ],
  );
  assert.deepEqual(second, first.slice(1));
});

test('the same function can listen twice, and stops listening once', () => {
  const hub = new EventHub();
  let calls = 0;
  const listener = (): void => {
    calls++;
  };
  const one = hub.subscribe(listener);
  using _two = hub.subscribe(listener);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  hub.emit('a', { kind: 'stopped', clean: true });
  assert.equal(calls, 1);
});

test('a leak of listeners is refused', () => {
  const hub = new EventHub();
  assert.throws(() => {
    for (;;) hub.subscribe(() => undefined);
  }, RangeError);
});
