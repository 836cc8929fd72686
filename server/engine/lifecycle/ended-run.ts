import { readFile, stat } from 'node:fs/promises';
import type { ExitStatusJson } from '../machine/gen/menv/agent/v1/agent_pb.js';
import type { MachineStateJson, RunResultJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import type { ExitStatus } from '../api.ts';
import { fromFailure, SandboxError } from '../errors/index.ts';
import type { RunFolder } from '../layout.ts';
import type { RunRecord } from '../state/history.ts';

/** How a run ended, from what its supervisor said last. */
export interface Ending {
  readonly clean: boolean;
  readonly mainExit?: ExitStatus;
  readonly error?: SandboxError;
}

export interface EndedRun {
  readonly ending: Ending;
  readonly record: RunRecord;
}

/**
 * The last run of a folder that nobody serves. A supervisor that ends in any way of its own leaves
 * its result; a socket without one was left by a supervisor that was killed.
 */
export async function endedRun(folder: RunFolder, sandbox: string): Promise<EndedRun | undefined> {
  const state = await readResult(folder);
  return state === undefined ? lostRun(folder, sandbox) : fromState(state, sandbox);
}

export function fromState(state: MachineStateJson, sandbox: string): EndedRun {
  const mainExit = state.mainExit === undefined ? {} : { mainExit: exitStatus(state.mainExit) };
  const error = state.failure === undefined ? {} : { error: fromFailure(state.failure, { sandbox }) };
  const ending = { clean: state.clean ?? false, ...mainExit, ...error };
  const times = (state.history ?? []).map(({ unixNanos = '0' }) => new Date(Number(unixNanos) / 1_000_000));
  const startedAt = times[0] ?? new Date(0);
  return { ending, record: runRecord(ending, startedAt, times.at(-1) ?? startedAt) };
}

async function lostRun(folder: RunFolder, sandbox: string): Promise<EndedRun | undefined> {
  const socket = await stat(folder.socket).catch(() => undefined);
  if (socket === undefined) return undefined;
  const ending = { clean: false, error: new SandboxError('SUPERVISOR_LOST', { subject: sandbox }) };
  // The socket's time names the run: everyone who finds it lost records the same one.
  return { ending, record: runRecord(ending, new Date(Math.floor(socket.mtimeMs)), new Date()) };
}

async function readResult(folder: RunFolder): Promise<MachineStateJson | undefined> {
  try {
    const { state } = JSON.parse(await readFile(folder.result, 'utf8')) as RunResultJson;
    return state?.phase === 'PHASE_ENDED' ? state : undefined;
  } catch {
    return undefined;
  }
}

function runRecord(ending: Ending, startedAt: Date, endedAt: Date): RunRecord {
  const { clean, mainExit, error } = ending;
  return {
    startedAt,
    endedAt,
    clean,
    ...(mainExit === undefined ? {} : { status: mainExit }),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** Zeros are not written. */
function exitStatus({ code = 0, signal = 0, outOfMemory = false }: ExitStatusJson): ExitStatus {
  return { code, signal, outOfMemory };
}
