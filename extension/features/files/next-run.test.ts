import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STOPPED } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';
import { nextRun } from './next-run.ts';
import type { Watched } from './next-run.ts';

class Sandbox implements Watched {
  readonly listeners = new Set<() => void>();
  #state: LiveState | undefined = STOPPED;

  state(): LiveState | undefined {
    return this.#state;
  }

  onDidChange(listener: () => void): { dispose: () => void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  enter(state: LiveState | undefined): void {
    this.#state = state;
    for (const listener of this.listeners) listener();
  }
}

const run = (at: number): LiveState => ({ kind: 'running', since: new Date(at) });
const never = new AbortController().signal;

test('what runs already is there at once', async () => {
  const sandbox = new Sandbox();
  sandbox.enter(run(1));
  assert.equal((await nextRun(sandbox, undefined, never)).getTime(), 1);
  assert.equal(sandbox.listeners.size, 0);
});

test('the run that was lost is not the next one, whatever is still told of it', async () => {
  const sandbox = new Sandbox();
  sandbox.enter(run(1));
  const found: Date[] = [];
  const waiting = nextRun(sandbox, new Date(1), never).then((since) => found.push(since));
  sandbox.enter({ kind: 'paused', since: new Date(1), idle: true });
  sandbox.enter(STOPPED);
  sandbox.enter({ kind: 'starting', step: 'booting' });
  sandbox.enter({ kind: 'paused', since: new Date(2), idle: false });
  await Promise.resolve();
  assert.deepEqual(found, []);
  sandbox.enter(run(2));
  await waiting;
  assert.deepEqual(found, [new Date(2)]);
});

test('one that is waited for in vain is given up', async () => {
  const sandbox = new Sandbox();
  sandbox.enter(undefined);
  const abort = new AbortController();
  const waiting = nextRun(sandbox, undefined, abort.signal);
  abort.abort(new Error('closed'));
  await assert.rejects(waiting, /closed/);
  assert.equal(sandbox.listeners.size, 0);
  await assert.rejects(nextRun(sandbox, undefined, abort.signal), /closed/);
});
