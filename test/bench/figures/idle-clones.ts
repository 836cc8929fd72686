import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { absolute } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { cpuTicks, proportionalBytes } from '../../support/processes.ts';

const mebibyte = 2 ** 20;
const atOnce = 4;
const idleSeconds = 10;

/** Many idle sandboxes from one template: what each takes of the host's memory and processor, and how fast they come. */
export async function idleClones(bench: Bench): Promise<readonly Figure[]> {
  const project = await bench.openProject();
  const waiting = [...bench.cloneNames];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await project.start(name);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const running = await project.status(bench.cloneNames);
  if (running.some(({ origin }) => origin !== 'template')) throw new Error('a sandbox has booted');
  const memory = (pids: readonly (number | undefined)[]): Promise<readonly number[]> =>
    Promise.all(pids.map(async (pid) => (await proportionalBytes(pid ?? 0)) / mebibyte));
  const vmms = await memory(running.map(({ vmmPid }) => vmmPid));
  const supervisors = await memory(running.map(({ supervisorPid }) => supervisorPid));
  const ticks = (): Promise<readonly number[]> =>
    Promise.all(running.map(({ vmmPid }) => cpuTicks(vmmPid ?? 0)));
  const before = await ticks();
  await delay(idleSeconds * 1000);
  // A tick is a hundredth of a second.
  const busy = (await ticks()).map((now, at) => (now - (before[at] ?? now)) / idleSeconds);
  await project.stop(bench.cloneNames, { graceMs: 0 });
  await project.close();
  return [
    absolute(`${running.length} idle clones started`, 's', [seconds], { limit: 5, direction: 'at most' }),
    absolute('idle clone, VMM, processor', '%', busy, { limit: 1, direction: 'at most' }),
    absolute('idle clone, VMM, PSS', 'MiB', vmms, { limit: 36, direction: 'at most' }),
    absolute('idle clone, supervisor, PSS', 'MiB', supervisors, { limit: 12, direction: 'at most' }),
  ];
}
