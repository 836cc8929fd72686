import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * What tells a process from every other that had or will have its number: the time it started.
 * Undefined when there is no such process.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  try {
    return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid, 'lstart');
  } catch {
    return undefined;
  }
}

/** Whether somebody has stopped the process, as SIGSTOP does, or it is gone. */
export async function isHeldStill(pid: number): Promise<boolean> {
  try {
    const state = process.platform === 'linux' ? (await statOf(pid))[0] : await fromPs(pid, 'state');
    return state === undefined || /^[TtZ]/.test(state);
  } catch {
    return true;
  }
}

/** Field 22 of the process's status, counted behind its name, which may hold anything. */
const START_TIME_AFTER_NAME = 19;

async function fromProc(pid: number): Promise<string | undefined> {
  const fields = await statOf(pid);
  const zombie = fields[0] === 'Z';
  return zombie ? undefined : fields[START_TIME_AFTER_NAME];
}

async function statOf(pid: number): Promise<readonly string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1');
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

async function fromPs(pid: number, field: 'lstart' | 'state'): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', `${field}=`, '-p', String(pid)]);
  return stdout.trim();
}
