import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestStats } from '../../../server/engine/api.ts';
import { usageOf } from './usage.ts';

const stats = (changes: Partial<GuestStats>): GuestStats => ({
  uptimeMs: 10_000,
  cpuBusyMs: 1000,
  cpuIdleMs: 9000,
  memoryTotal: 100,
  memoryAvailable: 60,
  diskTotal: 1000,
  diskUsed: 10,
  networks: [{ name: 'eth0', received: 500, sent: 100 }],
  processes: [],
  processCount: 3,
  agentMemory: 0,
  ...changes,
});

test('rates are of the time between two samples', () => {
  const before = { stats: stats({}), atMs: 0 };
  const networks = [{ name: 'eth0', received: 2500, sent: 100 }];
  const now = { stats: stats({ uptimeMs: 12_000, cpuBusyMs: 2000, networks }), atMs: 2000 };
  const usage = usageOf(now, before);
  assert.equal(usage.cpu, 50);
  assert.deepEqual(usage.network, { received: 1000, sent: 0 });
  assert.deepEqual(usage.memory, { used: 40, total: 100 });
});

test('the first sample, and the first of another run, count from the boot', () => {
  const now = { stats: stats({}), atMs: 99_000 };
  assert.equal(usageOf(now, undefined).cpu, 10);
  const earlierRun = { stats: stats({ uptimeMs: 50_000, cpuBusyMs: 40_000 }), atMs: 98_000 };
  assert.equal(usageOf(now, earlierRun).cpu, 10);
});

test('of many processes the largest are shown, with bounded text', () => {
  const processes = Array.from({ length: 50 }, (_, i) => {
    return { pid: i, parent: 0, command: 'x'.repeat(5000), cpuMs: 0, memory: i, state: 'S' };
  });
  const usage = usageOf({ stats: stats({ processes }), atMs: 0 }, undefined);
  assert.equal(usage.processes.length, 12);
  assert.equal(usage.processes[0]?.pid, 49);
  assert.equal(usage.processes[0].command.length, 200);
});
