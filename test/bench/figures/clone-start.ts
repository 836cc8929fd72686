import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { bareVm, firstOutput, msbRun } from './starts.ts';
import type { Start } from './starts.ts';
import { stepParts } from './steps.ts';

const rounds = 20;

/**
 * From a template: call or command to the script's first output, against a bare clone to the end of
 * its first `sh -c true`, which mounts nothing, and against a bare VM's boot.
 */
export async function cloneStart(bench: Bench): Promise<readonly Figure[]> {
  const template = await bench.makeFloorTemplate();
  const boot: number[] = [];
  const clone: number[] = [];
  const engine: Start[] = [];
  const msb: number[] = [];
  for (let round = 0; round < rounds; round++) {
    boot.push(await bareVm(bench));
    clone.push(await template.clone());
    engine.push(await firstOutput(bench.engine, bench));
    msb.push(await msbRun(bench));
  }
  const totals = engine.map(({ total }) => total);
  const atMost = (limit: number): { limit: number; direction: 'at most' } => ({
    limit,
    direction: 'at most',
  });
  return [
    compared('clone start, engine, by clone', 'ms', 'p50', totals, clone, atMost(1.3)),
    compared('clone start, engine, by boot', 'ms', 'p50', totals, boot, atMost(0.25)),
    compared('clone start, msb run, by boot', 'ms', 'p50', msb, boot, atMost(0.35)),
    ...stepParts(engine.map(({ steps }) => steps)),
  ];
}
