// One start of a sandbox whose script prints a line, by each of the ways there are.

import { once } from 'node:events';
import type { Engine } from '../../../server/engine/index.ts';
import { startMsb, waitForOutput } from '../../support/msb.ts';
import type { Bench } from '../bench.ts';
import { stepsOfEnded } from './steps.ts';
import type { Steps } from './steps.ts';

/** A bare VM's boot, to its first line. */
export async function bareVm(bench: Bench): Promise<number> {
  await using vm = await bench.startFloor();
  return vm.firstLineMs;
}

/** Milliseconds from the engine's call to the script's first output, and those of each step on the way. */
export interface Start {
  readonly total: number;
  readonly steps: Steps;
}

export async function firstOutput(engine: Engine, bench: Bench): Promise<Start> {
  const called = now();
  const project = await engine.openProject({ root: bench.place.project });
  const { program, sandbox } = await project.run('line');
  let answered: number | undefined;
  for await (const { stream } of program.output) {
    if (stream === 'stdout') answered ??= now();
  }
  await program.exit;
  await sandbox.ended;
  await project.close();
  if (answered === undefined) throw new Error('the script printed nothing');
  return { total: answered - called, steps: await stepsOfEnded(bench.place, 'line', { called, answered }) };
}

/** The wall clock, by which supervisors note their steps, in parts of a millisecond. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** `msb run` to the first output. */
export async function msbRun(bench: Bench, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const started = performance.now();
  const child = startMsb(['run', 'line'], {
    cwd: bench.place.project,
    env: { ...bench.msbEnvironment, ...env },
  });
  const closed = once(child, 'close');
  child.stdin.end();
  child.stderr.resume();
  await waitForOutput(child, 'first line\n');
  const first = performance.now() - started;
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`msb run ended with ${code}`);
  return first;
}
