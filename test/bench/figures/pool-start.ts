import { KeptPool } from '../../support/pool.ts';
import { memoryMib } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { absolute, compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { Podman } from '../floor/podman.ts';
import { msbParts, msbToEnd } from './msb-parts.ts';
import type { MsbRun } from './msb-parts.ts';
import { firstOutput } from './starts.ts';
import type { Start } from './starts.ts';
import { stepParts } from './steps.ts';

const rounds = 12;

/** With a guest that waits: the call to the script's first output; `msb run` and `podman run --rm` to their ends. */
export async function poolStart(bench: Bench): Promise<readonly Figure[]> {
  const podman = await Podman.create(bench.place.root);
  if (typeof podman === 'string') console.error(`not compared with podman: ${podman}`);
  const containers: number[] = [];
  const cloned: MsbRun[] = [];
  for (let round = 0; round < rounds; round++) {
    if (typeof podman !== 'string') containers.push(await podman.firstLine());
    cloned.push(await msbToEnd(bench));
  }
  using pool = new KeptPool(bench.place.home, 1, memoryMib);
  const engine: Start[] = [];
  const pooled: MsbRun[] = [];
  for (let round = 0; round < rounds; round++) {
    await pool.ready(1);
    engine.push(await firstOutput(bench.engine, bench));
    await pool.ready(1);
    pooled.push(await msbToEnd(bench));
  }
  const totals = engine.map(({ total }) => total);
  const figures = [
    absolute('pool start, engine', 'ms', totals, { limit: 60, direction: 'at most' }),
    ...stepParts(engine.map(({ steps }) => steps)),
  ];
  if (containers.length === 0) return [...figures, ...msbParts(pooled)];
  const byPodman = (name: string, runs: readonly MsbRun[], limit: number): readonly Figure[] => {
    const ends = runs.map(({ total }) => total);
    return [
      compared(name, 'ms', 'p50', ends, containers, { limit, direction: 'at most' }),
      ...msbParts(runs),
    ];
  };
  return [
    ...figures,
    ...byPodman('pool start, msb run, by podman', pooled, 1),
    ...byPodman('clone start, msb run, by podman', cloned, 2),
  ];
}
