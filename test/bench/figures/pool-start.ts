import { msb } from '../../support/msb.ts';
import { KeptPool } from '../../support/pool.ts';
import { timed } from '../../support/statistics.ts';
import { memoryMib } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { absolute, compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { Podman } from '../floor/podman.ts';
import { firstOutput } from './starts.ts';
import type { Start } from './starts.ts';
import { stepParts } from './steps.ts';

const rounds = 12;

/** With a guest that waits: the call to the script's first output; `msb run` and `podman run --rm` to their ends. */
export async function poolStart(bench: Bench): Promise<readonly Figure[]> {
  const podman = await Podman.create(bench.place.root);
  if (typeof podman === 'string') console.error(`not compared with podman: ${podman}`);
  const containers: number[] = [];
  const cloned: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (typeof podman !== 'string') containers.push(await podman.firstLine());
    cloned.push(await msbToEnd(bench));
  }
  using pool = new KeptPool(bench.place.home, 1, memoryMib);
  const engine: Start[] = [];
  const pooled: number[] = [];
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
  if (containers.length === 0) return figures;
  return [
    ...figures,
    compared('pool start, msb run, by podman', 'ms', 'p50', pooled, containers, {
      limit: 1,
      direction: 'at most',
    }),
    compared('clone start, msb run, by podman', 'ms', 'p50', cloned, containers, {
      limit: 2,
      direction: 'at most',
    }),
  ];
}

function msbToEnd(bench: Bench): Promise<number> {
  return timed(async () => {
    const { code, stdout, stderr } = await msb(['run', 'line'], { cwd: bench.place.project });
    if (code !== 0 || stdout !== 'first line\n') throw new Error(`msb run ended with ${code}: ${stderr}`);
  });
}
