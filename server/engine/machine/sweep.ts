import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The native side waits at most 2 s for the lock. */
const DEADLINE_MS = 5_000;

/**
 * Removes the socket that a killed supervisor left. Under the folder's lock, so never a new owner's;
 * what stays is removed by the next start.
 */
export async function sweepRunFolder(menv: string, folder: string): Promise<void> {
  await promisify(execFile)(menv, ['sweep', folder], { timeout: DEADLINE_MS }).catch(() => undefined);
}
