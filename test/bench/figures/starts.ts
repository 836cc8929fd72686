// One start of a sandbox whose script prints a line, by each of the ways there are.

import { once } from 'node:events';
import type { Engine, EngineEvent, Phase } from '../../../server/engine/index.ts';
import { startMsb, waitForOutput } from '../../support/msb.ts';
import type { Bench } from '../bench.ts';
import { part } from '../figure.ts';
import type { Figure } from '../figure.ts';

/** A bare VM's boot, to its first line. */
export async function bareVm(bench: Bench): Promise<number> {
  await using vm = await bench.startFloor();
  return vm.firstLineMs;
}

/** Milliseconds from the engine's call to the script's first output, and to each phase on the way. */
export interface Start {
  readonly total: number;
  readonly phases: ReadonlyMap<Phase, number>;
}

export async function firstOutput(engine: Engine, bench: Bench): Promise<Start> {
  const phases = new Map<Phase, number>();
  const started = performance.now();
  const called = Date.now();
  const note = (event: EngineEvent): void => {
    if (event.kind === 'phase' && !phases.has(event.phase))
      phases.set(event.phase, event.at.getTime() - called);
  };
  using _listening = engine.onEvent(note);
  const project = await engine.openProject({ root: bench.place.project });
  const { program, sandbox } = await project.run('line');
  let first: number | undefined;
  for await (const { stream } of program.output) {
    if (stream === 'stdout') first ??= performance.now() - started;
  }
  await program.exit;
  await sandbox.ended;
  await project.close();
  if (first === undefined) throw new Error('the script printed nothing');
  return { total: first, phases };
}

/** Where the time of starts went. */
export function phaseParts(starts: readonly Start[]): readonly Figure[] {
  return [
    part('supervisor and disk', 'ms', between(starts, undefined, 'booting')),
    part('VM, state, first answer', 'ms', between(starts, 'booting', 'configuring')),
    part('configure', 'ms', between(starts, 'configuring', 'running')),
    part('script to its output', 'ms', between(starts, 'running', undefined)),
  ];
}

/** `msb run` to the first output. */
export async function msbRun(bench: Bench, env: Readonly<Record<string, string>> = {}): Promise<number> {
  const started = performance.now();
  const child = startMsb(['run', 'line'], { cwd: bench.place.project, env });
  const closed = once(child, 'close');
  child.stdin.end();
  child.stderr.resume();
  await waitForOutput(child, 'first line\n');
  const first = performance.now() - started;
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`msb run ended with ${code}`);
  return first;
}

function between(
  starts: readonly Start[],
  from: Phase | undefined,
  to: Phase | undefined,
): readonly number[] {
  const at = ({ total, phases }: Start, phase: Phase | undefined, otherwise: number): number =>
    phase === undefined ? otherwise : (phases.get(phase) ?? total);
  return starts.map((start) => at(start, to, start.total) - at(start, from, 0));
}
