// The editor looks for problems in what a task's terminal has shown, and stops a tenth of a second after the
// task has ended, whether it has got there or not. A window that is busy loses them. So the task ends when the
// terminal says that it has shown everything.

import type { Context } from '../context.ts';
import { keysUntil } from './keys.ts';

/** `Device Status Report`: answered in the order of what is shown, with "no malfunction". */
const QUESTION = '\x1b[5n';
const ANSWER = '\x1b[0n';
/** For each file that a problem names the editor asks its server: a few more trips there and back. */
const TRIPS = 3;
/** Nobody answers while no window has the terminal; a busy one takes seconds. */
const PATIENCE_MS = 60_000;

/** Resolves when the terminal has shown all that was written, or does not tell. */
export async function allShown({
  stdout,
  interrupts,
}: Pick<Context, 'stdout' | 'interrupts'>): Promise<void> {
  if (!process.stdin.isTTY) return;
  const hurry = new AbortController();
  using _taken = interrupts.takeOver(() => hurry.abort());
  const signal = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), hurry.signal]);
  const isAnswer = (keys: string): boolean => keys.includes(ANSWER);
  for (let trip = 0; trip < TRIPS && !signal.aborted; trip += 1) {
    const answer = keysUntil(isAnswer, signal);
    await stdout.write(QUESTION);
    if (!isAnswer(await answer)) return;
  }
}
