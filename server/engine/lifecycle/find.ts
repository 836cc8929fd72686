import { hasCode, SandboxError } from '../errors/index.ts';
import type { MachineStateJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import type { Machine } from '../machine/machine.ts';
import { answerOf } from './answer.ts';
import type { SandboxContext } from './context.ts';
import { decodeRecord, isRunOf } from './launch-record.ts';
import type { RunningSandbox } from './running-sandbox.ts';
import { MAIN_ID } from './spec.ts';

/**
 * Undefined when it does not run. A run that is about to end does not count, but for the one with this key,
 * whose client may still have to come; `await`: it has ended when the call returns.
 */
export async function findRunning(
  context: SandboxContext,
  atEnd: 'leave' | 'await',
  signal?: AbortSignal,
  key?: string,
): Promise<RunningSandbox | undefined> {
  signal?.throwIfAborted();
  const machine = await context.runs.connect(context);
  if (machine === undefined) return undefined;
  try {
    const { state, launch = '' } = await answerOf(context.run.lock, STATE_DEADLINE_MS, (deadlineMs) =>
      machine.state(deadlineMs, signal),
    );
    const record = decodeRecord(launch, context.name);
    const ends = state?.phase === 'PHASE_STOPPING' || state?.phase === 'PHASE_ENDED';
    if (!ends || (waitsForClient(state) && isRunOf(record, key)))
      return await context.runs.adopt(context, machine, record, state?.phase === 'PHASE_RUNNING');
    if (atEnd === 'await') await endOf(machine, state.mainExit !== undefined, signal);
    return undefined;
  } catch (error) {
    if (!hasCode(error, 'STOPPED')) throw error;
    // It ended between the connection and the answer.
    machine.close();
    return undefined;
  }
}

/** Its program has ended by itself; nobody has stopped it. */
function waitsForClient({ phase, mainExit }: MachineStateJson): boolean {
  return phase === 'PHASE_STOPPING' && mainExit !== undefined;
}

const STATE_DEADLINE_MS = 2_000;
/** Longer than a supervisor waits for the announced client of its main program, 30 s, and then stops. */
const END_DEADLINE_MS = 45_000;

async function endOf(machine: Machine, mainEnded: boolean, signal?: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(END_DEADLINE_MS);
  const giveUp = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  if (mainEnded) void collectAbandoned(machine, giveUp);
  try {
    // To its last word: from then on the next supervisor may start.
    for await (const state of machine.watch(giveUp)) if (state.phase === 'PHASE_ENDED') break;
  } catch (error) {
    if (signal?.aborted !== true && deadline.aborted) {
      throw new SandboxError('UNRESPONSIVE', { subject: machine.sandbox });
    }
    throw error;
  }
  machine.close();
}

/**
 * The output of an ended main program is kept for the front end that started it. One that was killed
 * never comes; then whoever wants the sandbox next takes it, and what was in it is in the log.
 */
async function collectAbandoned(machine: Machine, signal: AbortSignal): Promise<void> {
  try {
    const main = await machine.programs.attach(MAIN_ID, 0, signal);
    const output = main.output[Symbol.asyncIterator]();
    while ((await output.next()).done !== true);
  } catch {
    // The front end did come, or the run has ended.
  }
}
