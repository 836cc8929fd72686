import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, finish, sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };
const mebibyte = 2 ** 20;

export function statistics(shared: Shared): void {
  test('counts what the guest has', deadline, async () => {
    const stats = await shared.sandbox.stats();
    assert.ok(
      stats.memoryTotal > 180 * mebibyte && stats.memoryTotal <= 256 * mebibyte,
      `${stats.memoryTotal}`,
    );
    assert.ok(stats.memoryAvailable > 0 && stats.memoryAvailable < stats.memoryTotal);
    assert.ok(stats.diskTotal > 2 ** 30 && stats.diskUsed < stats.diskTotal);
    assert.ok(stats.uptimeMs > 0 && stats.cpuBusyMs > 0);
    assert.ok(stats.agentMemory > 0 && stats.agentMemory < 64 * mebibyte);
  });

  test('sees processor time, memory and disk being used', deadline, async () => {
    const before = await shared.sandbox.stats();
    const busy = await shared.sandbox.exec('sh', {
      args: [
        '-c',
        'dd if=/dev/zero of=/var/fill bs=1M count=16 conv=fsync 2>/dev/null; echo on; while :; do :; done',
      ],
    });
    await new Reader(busy).until(/on/);
    const after = await shared.sandbox.stats(8);
    assert.ok(after.cpuBusyMs > before.cpuBusyMs);
    assert.ok(after.diskUsed - before.diskUsed >= 15 * mebibyte, `${after.diskUsed - before.diskUsed}`);
    assert.ok(after.processes.some(({ command, parent }) => command.includes('sh') && parent >= 0));
    assert.ok(after.processes.length <= 8 && after.processCount >= 1);
    await busy.kill(9);
    await finish(busy).catch(() => undefined);
    await sh(shared.sandbox, 'rm /var/fill');
  });
}
