import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SandboxStatus } from '../../engine/api.ts';
import { renderStatus } from './status.ts';

const now = new Date(2026, 0, 2, 3, 4, 5);

function footer(...statuses: readonly SandboxStatus[]): readonly string[] {
  const lines = renderStatus(statuses, now).trimEnd().split('\n');
  return lines.slice(4 + statuses.length);
}

test('what runs is confined by a jail, of which the parts that are off are named', () => {
  const part = 'files';
  const on: SandboxStatus = { name: 'a', state: 'running', jail: [{ part }] };
  const off: SandboxStatus = { name: 'b', state: 'running', jail: [{ part, off: 'no Landlock' }] };
  const none: SandboxStatus = { name: 'c', state: 'stopped' };
  assert.deepEqual(footer(none), []);
  assert.deepEqual(footer(on, none), ['', 'Jail: on']);
  assert.deepEqual(footer(off), ['', 'Jail: on, but for files (no Landlock)']);
  assert.deepEqual(footer(on, off), ['', 'Jail of a: on', 'Jail of b: on, but for files (no Landlock)']);
});
