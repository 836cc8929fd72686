import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { bareVm, firstOutput, msbRun } from './starts.ts';
import type { Start } from './starts.ts';
import { stepParts } from './steps.ts';

const rounds = 12;

/** Booted: call or command to the script's first output, against a bare VM to its first line. */
export async function coldStart(bench: Bench): Promise<readonly Figure[]> {
  const floor: number[] = [];
  const engine: Start[] = [];
  const msb: number[] = [];
  const booting = bench.openEngine({ templates: false });
  for (let round = 0; round < rounds; round++) {
    floor.push(await bareVm(bench));
    engine.push(await firstOutput(booting, bench));
    msb.push(await msbRun(bench, { MENV_TEMPLATES: 'off' }));
  }
  const totals = engine.map(({ total }) => total);
  return [
    compared('cold start, engine', 'ms', 'p50', totals, floor, { limit: 1.3, direction: 'at most' }),
    ...stepParts(engine.map(({ steps }) => steps)),
    compared('cold start, msb run', 'ms', 'p50', msb, floor, { limit: 1.4, direction: 'at most' }),
  ];
}
