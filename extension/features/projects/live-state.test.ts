import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineEvent, EventBody } from '../../../server/engine/api.ts';
import { afterFailure, answers, isHeld, isUp, next, recalled, STOPPED } from './live-state.ts';
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
  assert.deepEqual(failed, { kind: 'failed', code: 'GUEST_PANIC', message: 'the guest kernel crashed' });
  assert.equal(afterFailure(failed, { code: 'X', message: 'the guest kernel crashed', hint: 'h' }), failed);
  assert.equal(isUp(failed), false);
});

test('what ended before is known by how it ended, and a failure as past', () => {
  const status = { code: 3, signal: 0, outOfMemory: false };
  assert.deepEqual(recalled({ at, status }), { kind: 'stopped', exit: status });
  assert.equal(recalled({ at, status: { ...status, code: 0 } }), STOPPED);
  assert.deepEqual(recalled({ at, error: 'crashed' }), {
    kind: 'failed',
    code: '',
    message: 'crashed',
    isPast: true,
  });
});

test('one that stands still is there, goes on as old as it was, and may be put aside', () => {
  const running = after({ kind: 'phase', phase: 'running' });
  const later = { seq: 2, at: new Date(9000), sandbox: 'app' };
  const idle = next(running, { ...later, kind: 'paused', idle: true });
  assert.deepEqual(idle, { kind: 'paused', since: at, idle: true });
  assert.deepEqual([isUp(idle), isHeld(idle), answers(idle)], [true, false, true]);
  assert.equal(next(idle, { ...later, kind: 'paused', idle: true }), idle);
  const held = next(idle, { ...later, kind: 'paused', idle: false });
  assert.deepEqual([isUp(held), isHeld(held), answers(held)], [true, true, false]);
  assert.deepEqual(next(held, { ...later, kind: 'resumed' }), running);
  assert.equal(next(running, { ...later, kind: 'resumed' }), running);
  const saved = next(held, { ...later, kind: 'stopped', clean: true, saved: true });
  assert.deepEqual([saved.kind, isUp(saved)], ['saved', false]);
});

test('what is known already changes nothing', () => {
  const running = after({ kind: 'phase', phase: 'running' });
  assert.equal(next(running, event({ kind: 'phase', phase: 'running' })), running);
  const starting = after({ kind: 'phase', phase: 'booting' });
  assert.equal(next(starting, event({ kind: 'phase', phase: 'booting' })), starting);
  assert.equal(next(running, event({ kind: 'program-started', program: 'sh' })), running);
});

test('a program that fails is told apart from one that was stopped', () => {
  const exit = (code: number, signal: number): EventBody => {
    return { kind: 'stopped', clean: true, exit: { code, signal, outOfMemory: false } };
  };
  assert.deepEqual(after(exit(3, 0)), {
    kind: 'stopped',
    exit: { code: 3, signal: 0, outOfMemory: false },
  });
  assert.equal(after(exit(0, 0)), STOPPED);
  assert.equal(after(exit(143, 15)), STOPPED);
  assert.equal(after(exit(139, 11)).kind === 'stopped' && 'exit' in after(exit(139, 11)), true);
});

test('what is done for the image is shown until the sandbox tells of itself', () => {
  const image = { kind: 'image', image: 'alpine', stage: 'downloading', done: 1, total: 4 } as const;
  assert.deepEqual(after(image), {
    kind: 'starting',
    step: 'requested',
    image: { stage: 'downloading', done: 1, total: 4 },
  });
  assert.deepEqual(after(image, { ...image, stage: 'ready' }), { kind: 'starting', step: 'requested' });
  assert.deepEqual(after({ kind: 'phase', phase: 'booting' }, image), { kind: 'starting', step: 'booting' });
});
