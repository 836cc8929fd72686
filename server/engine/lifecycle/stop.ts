import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, hasCode, SandboxError } from '../errors/index.ts';
import type { Machine } from '../machine/machine.ts';
import { answerOf, ownerOf } from './answer.ts';
import type { SandboxContext } from './context.ts';
import { processIdentity } from '../machine/process-identity.ts';
import { sweepRunFolder } from '../machine/sweep.ts';
import { endedRun } from './ended-run.ts';

export interface StopOptions {
  /** Between SIGTERM and SIGKILL of the guest's programs. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/** Ends the sandbox if it runs; resolves when it is down and its disk durable. */
export async function stopSandbox(context: SandboxContext, options: StopOptions): Promise<void> {
  const machine = await connectOrEnd(context);
  if (machine !== undefined) await stopMachine(machine, context, options);
}

/**
 * Asks the supervisor first; one that does not answer is ended by signals, which ends its VM too. The
 * socket's end says that it is gone.
 */
export async function stopMachine(
  machine: Machine,
  context: SandboxContext,
  options: StopOptions,
): Promise<void> {
  const { graceMs = DEFAULT_GRACE_MS, signal } = options;
  try {
    await answerOf(context.run.lock, ANSWER_DEADLINE_MS, (deadlineMs) => machine.state(deadlineMs, signal));
    await machine.stop(graceMs, graceMs + STOP_SLACK_MS, signal);
    await within(EXIT_DEADLINE_MS, machine.connection.ended);
  } catch (error) {
    if (hasCode(error, 'STOPPED')) return;
    if (!hasCode(error, 'UNRESPONSIVE')) throw error;
    await endByForce(context, machine.connection.ended);
    await clear(context);
  }
}

const DEFAULT_GRACE_MS = 10_000;
/** A live supervisor answers from memory. */
const ANSWER_DEADLINE_MS = 2_000;
/** The supervisor's own bound beyond the grace is 5 s. */
const STOP_SLACK_MS = 7_000;
const EXIT_DEADLINE_MS = 2_000;
const TERM_DEADLINE_MS = 1_000;
const KILL_DEADLINE_MS = 5_000;

async function connectOrEnd(context: SandboxContext): Promise<Machine | undefined> {
  try {
    return await context.runs.connect(context);
  } catch (error) {
    // It has not accepted a connection for so long that no more fit.
    if (!hasCode(error, 'UNRESPONSIVE')) throw error;
    await endByForce(context, undefined);
    await clear(context);
    return undefined;
  }
}

async function endByForce(context: SandboxContext, ended: Promise<unknown> | undefined): Promise<void> {
  const pid = await ownerOf(context.run.lock);
  const identity = pid === undefined ? undefined : await processIdentity(pid);
  if (pid === undefined || identity === undefined) return;
  const gone = ended ?? processGone(pid, identity);
  for (const [name, deadlineMs] of [
    ['SIGTERM', TERM_DEADLINE_MS],
    ['SIGKILL', KILL_DEADLINE_MS],
  ] as const) {
    // The number could belong to somebody else by now.
    if ((await processIdentity(pid)) !== identity) return;
    kill(pid, name, context.name);
    if (await within(deadlineMs, gone)) return;
  }
  throw new SandboxError('CANNOT_STOP', { subject: context.name, cause: `process ${pid} does not end` });
}

/** The socket tells that a run was lost: that is recorded before the socket goes. */
async function clear(context: SandboxContext): Promise<void> {
  const run = await endedRun(context.run, context.name);
  if (run !== undefined) await context.history.record(context.name, run.record);
  await sweepRunFolder(context.installation.assets.menv, context.run.root);
}

function kill(pid: number, name: NodeJS.Signals, sandbox: string): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw new SandboxError('CANNOT_STOP', { subject: sandbox, cause: error });
  }
}

/** Only where no connection could be made, so that no event tells of the end. */
async function processGone(pid: number, identity: string): Promise<void> {
  const giveUp = Date.now() + TERM_DEADLINE_MS + KILL_DEADLINE_MS;
  while ((await processIdentity(pid)) === identity && Date.now() < giveUp) await sleep(50);
}

/** Whether it happened in time. */
async function within(ms: number, event: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      event.then(() => true),
      sleep(ms, false, { signal: timer.signal }).catch(() => false),
    ]);
  } finally {
    timer.abort();
  }
}
