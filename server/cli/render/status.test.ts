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
  const connected: SandboxStatus = { ...on, networkJail: [{ part }, { part: 'user', off: 'files of root' }] };
  assert.deepEqual(footer(connected), ['', 'Jail: on', "Gateway's jail: on, but for user (files of root)"]);
  assert.deepEqual(footer(on, off), ['', 'Jail of a: on', 'Jail of b: on, but for files (no Landlock)']);
});

test('what a network has refused is told, and nothing when it has not', () => {
  const secrets = { secretsUsed: 0, secretsRefused: 0 };
  const clean = {
    allowed: 5,
    denied: 0,
    connections: 4,
    sessions: 1,
    limited: 0,
    droppedFrames: {},
    ...secrets,
  };
  const kept = { ...clean, denied: 3, limited: 1, droppedFrames: { ARP: 2, malformed: 4 } };
  assert.deepEqual(footer({ name: 'a', state: 'running', network: clean }), []);
  assert.deepEqual(footer({ name: 'a', state: 'running', network: kept }), [
    'Network of a: 3 denied (`msb log --audit a`); 1 too many at once; 6 frames dropped (ARP, malformed)',
  ]);
  const used = { ...clean, secretsUsed: 3, secretsRefused: 2 };
  assert.deepEqual(footer({ name: 'a', state: 'running', network: used }), [
    'Network of a: secrets put into requests: 3; placeholders left as they were: 2',
  ]);
});
