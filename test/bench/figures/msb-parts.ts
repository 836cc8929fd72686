// Where the time of `msb run` goes that is not the engine's start.

import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startMsb, waitForOutput } from '../../support/msb.ts';
import { timed } from '../../support/statistics.ts';
import type { Bench } from '../bench.ts';
import { part } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { now } from './starts.ts';
import { endedState, milliseconds } from './steps.ts';

/** Milliseconds of one run, from the command to its end. */
export interface MsbRun {
  readonly total: number;
  /** Node's own start, as of a program that does nothing. */
  readonly node: number;
  /** Until a supervisor had the sandbox to start: the shell, loading, reading the file, the plan. */
  readonly plan: number;
  /** Until the script's first output was in the supervisor. */
  readonly start: number;
  /** Until it was out of msb. */
  readonly delivery: number;
  /** Until the VM was down and its disk durable. */
  readonly stop: number;
  /** Until the run was recorded and msb gone. */
  readonly exit: number;
}

export async function msbToEnd(bench: Bench): Promise<MsbRun> {
  const node = await timed(() => promisify(execFile)(process.execPath, ['--eval', '']));
  const called = now();
  const child = startMsb(['run', 'line'], { cwd: bench.place.project, env: bench.msbEnvironment });
  const exited = once(child, 'close');
  child.stdin.end();
  await waitForOutput(child, 'first line\n');
  const seen = now();
  const [code] = (await exited) as [number | null];
  const gone = now();
  if (code !== 0) throw new Error(`msb run ended with ${String(code)}`);
  const { history = [], steps = [] } = await endedState(bench.place, 'line');
  const claimed = milliseconds(history[0]?.unixNanos);
  const printed = milliseconds(steps.find(({ step }) => step === 'STEP_OUTPUT')?.unixNanos);
  const ended = milliseconds(history.at(-1)?.unixNanos);
  return {
    total: gone - called,
    node,
    plan: claimed - called - node,
    start: printed - claimed,
    delivery: seen - printed,
    stop: ended - seen,
    exit: gone - ended,
  };
}

export function msbParts(runs: readonly MsbRun[]): readonly Figure[] {
  return [
    part(
      "Node's start",
      'ms',
      runs.map(({ node }) => node),
    ),
    part(
      'loading and plan',
      'ms',
      runs.map(({ plan }) => plan),
    ),
    part(
      'start to first output',
      'ms',
      runs.map(({ start }) => start),
    ),
    part(
      'to the reader',
      'ms',
      runs.map(({ delivery }) => delivery),
    ),
    part(
      'end of the VM',
      'ms',
      runs.map(({ stop }) => stop),
    ),
    part(
      'record and exit',
      'ms',
      runs.map(({ exit }) => exit),
    ),
  ];
}
