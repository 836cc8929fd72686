import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineEvent, EventBody } from '../../../server/engine/api.ts';
import { isUp, next, STOPPED } from './live-state.ts';
import type { LiveState } from './live-state.ts';

const at = new Date(0);
const event = (body: EventBody): EngineEvent => ({ seq: 1, at, sandbox: 'app', ...body });

function after(...bodies: readonly EventBody[]): LiveState {
  return bodies.map(event).reduce(next, STOPPED);
}

test('a start goes through its steps to running', () => {
  assert.deepEqual(after({ kind: 'phase', phase: 'booting' }), { kind: 'starting', step: 'booting' });
  const running = after({ kind: 'phase', phase: 'booting' }, { kind: 'phase', phase: 'running' });
  assert.deepEqual(running, { kind: 'running', since: at });
});

test('an end is stopped, a failure says why', () => {
  assert.equal(after({ kind: 'phase', phase: 'running' }, { kind: 'stopped', clean: true }), STOPPED);
  const failed = after({ kind: 'failed', code: 'GUEST_PANIC', message: 'the guest kernel crashed' });
  assert.deepEqual(failed, { kind: 'failed', message: 'the guest kernel crashed' });
  assert.equal(isUp(failed), false);
});

test('what is known already changes nothing', () => {
  const running = after({ kind: 'phase', phase: 'running' });
  assert.equal(next(running, event({ kind: 'phase', phase: 'running' })), running);
  const starting = after({ kind: 'phase', phase: 'booting' });
  assert.equal(next(starting, event({ kind: 'phase', phase: 'booting' })), starting);
  assert.equal(next(running, event({ kind: 'program-started', program: 'sh' })), running);
});
