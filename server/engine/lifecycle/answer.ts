import { readFile } from 'node:fs/promises';
import { hasCode } from '../errors/index.ts';
import { isHeldStill } from '../machine/process-identity.ts';

/** Of a supervisor that works, on a machine that has other things to do. */
const PATIENCE_MS = 10_000;

/**
 * What a supervisor answers from memory. One that is held still is given up after `deadlineMs`; one that is only
 * slow is asked once more: what it is taken for must not depend on how busy the machine is.
 */
export async function answerOf<T>(
  lock: string,
  deadlineMs: number,
  ask: (deadlineMs: number) => Promise<T>,
): Promise<T> {
  try {
    return await ask(deadlineMs);
  } catch (error) {
    if (!hasCode(error, 'UNRESPONSIVE')) throw error;
    const pid = await ownerOf(lock);
    if (pid === undefined || (await isHeldStill(pid))) throw error;
    return ask(PATIENCE_MS);
  }
}

/** The supervisor that a run folder's lock names. */
export async function ownerOf(lock: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(lock, 'utf8')).trim());
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
