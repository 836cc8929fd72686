// Where the time of starts went, by what their supervisors noted meanwhile.

import { readFile } from 'node:fs/promises';
import { homeAt, runFolder } from '../../../server/engine/layout.ts';
import type { RunFolder } from '../../../server/engine/layout.ts';
import { connectMachine } from '../../../server/engine/machine/connect.ts';
import type {
  MachineStateJson,
  RunResultJson,
  StepJson,
} from '../../../server/engine/machine/gen/menv/machine/v1/machine_pb.js';
import type { Place } from '../../support/place.ts';
import { part } from '../figure.ts';
import type { Figure } from '../figure.ts';

/** Of one start, the milliseconds that each of its steps took, in their order. */
export type Steps = ReadonlyMap<string, number>;

/** What the engine was asked for, and when, in milliseconds of the wall clock. */
export interface Asked {
  readonly called: number;
  /** When it was there for the caller; not given: the last step ends it. */
  readonly answered?: number;
}

const names: Readonly<Partial<Record<StepJson, string>>> = {
  STEP_PREPARED: 'disk and addresses',
  STEP_SPAWNED: 'spawn',
  STEP_CONTROLLED: 'QMP',
  STEP_SWAPPED: 'swap of the disks',
  STEP_LOADED: 'load',
  STEP_ANSWERED: 'first answer',
  STEP_CONFIGURED: 'configure',
  STEP_STARTED: 'exec',
  STEP_OUTPUT: 'first output',
};

/** Of the sandbox's last run, which has ended. */
export async function stepsOfEnded(place: Place, sandbox: string, asked: Asked): Promise<Steps> {
  return stepsOf(await endedState(place, sandbox), asked);
}

/** What the supervisor of the sandbox's last run said last. */
export async function endedState(place: Place, sandbox: string): Promise<MachineStateJson> {
  const { result } = folderOf(place.home, place.project, sandbox);
  const { state = {} } = JSON.parse(await readFile(result, 'utf8')) as RunResultJson;
  return state;
}

/** Of the start of a sandbox that runs. */
export async function stepsOfRunning(
  home: string,
  project: string,
  sandbox: string,
  asked: Asked,
): Promise<Steps> {
  const { socket } = folderOf(home, project, sandbox);
  const machine = await connectMachine(socket, sandbox);
  if (machine === undefined) throw new Error(`${sandbox} does not run`);
  try {
    const { state = {} } = await machine.state(deadlineMs);
    return stepsOf(state, asked);
  } finally {
    machine.close();
  }
}

const deadlineMs = 10_000;

/** As parts of a figure, each the median. */
export function stepParts(starts: readonly Steps[]): readonly Figure[] {
  const order = new Set(starts.flatMap((steps) => [...steps.keys()]));
  return [...order].map((name) =>
    part(
      name,
      'ms',
      starts.map((steps) => steps.get(name) ?? 0),
    ),
  );
}

function stepsOf({ history = [], steps = [] }: MachineStateJson, { called, answered }: Asked): Steps {
  const marks = [
    { name: 'claim or supervisor', at: milliseconds(history[0]?.unixNanos) },
    ...steps
      .map(({ step = 'STEP_UNSPECIFIED', unixNanos }) => ({
        name: names[step] ?? step,
        at: milliseconds(unixNanos),
      }))
      .toSorted((a, b) => a.at - b.at),
    ...(answered === undefined ? [] : [{ name: 'to the caller', at: answered }]),
  ];
  const taken = new Map<string, number>();
  let last = called;
  for (const { name, at } of marks) {
    taken.set(name, at - last);
    last = at;
  }
  return taken;
}

/** Of what supervisors note. */
export function milliseconds(nanos = '0'): number {
  return Number(nanos) / 1_000_000;
}

function folderOf(home: string, project: string, sandbox: string): RunFolder {
  return runFolder(homeAt(home), project, 'Sandboxfile', sandbox);
}
