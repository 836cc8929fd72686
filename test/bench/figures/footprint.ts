import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { dist } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { cpuTicks, residentBytes } from '../../support/processes.ts';
import { finish } from '../../support/programs.ts';
import type { Bench } from '../bench.ts';
import { absolute } from '../figure.ts';
import type { Figure } from '../figure.ts';

const ticksPerSecond = 100;
const settleMs = 5000;
const windowMs = 12_000;
const windows = 3;
const mebibyte = 2 ** 20;

/** What a sandbox costs that does nothing, after it has worked. */
export async function footprint(bench: Bench): Promise<readonly Figure[]> {
  const project = await bench.openProject();
  const sandbox = await project.start('idle');
  for (let run = 0; run < 20; run++) await finish(await sandbox.exec('sh', { args: ['-c', 'true'] }));
  await finish(await sandbox.exec('dd', { args: ['if=/dev/zero', 'bs=262144', 'count=128'] }));
  const [status] = await project.status(['idle']);
  const { supervisorPid, vmmPid } = status ?? {};
  if (supervisorPid === undefined || vmmPid === undefined) throw new Error('the idle sandbox does not run');
  await delay(settleMs);
  const idle: number[] = [];
  for (let window = 0; window < windows; window++) idle.push(await corePercent([supervisorPid, vmmPid]));
  const supervisor = await residentBytes(supervisorPid);
  const { agentMemory } = await sandbox.stats();
  await sandbox.stop({ graceMs: 0 });
  const agentDisk = await stat(path.join(dist, hostPlatform().name, 'agent.img'));
  return [
    absolute('idle CPU, supervisor and QEMU', '%', idle, { limit: 2, direction: 'at most' }),
    absolute('supervisor memory', 'MiB', [supervisor / mebibyte], { limit: 25, direction: 'at most' }),
    absolute('agent memory', 'MiB', [agentMemory / mebibyte], { limit: 15, direction: 'at most' }),
    absolute('agent disk', 'MiB', [agentDisk.size / mebibyte], { limit: 12, direction: 'at most' }),
  ];
}

async function corePercent(pids: readonly number[]): Promise<number> {
  const ticks = async (): Promise<number> =>
    (await Promise.all(pids.map(cpuTicks))).reduce((sum, one) => sum + one);
  const [before, started] = [await ticks(), performance.now()];
  await delay(windowMs);
  const seconds = (performance.now() - started) / 1000;
  return (((await ticks()) - before) / ticksPerSecond / seconds) * 100;
}
