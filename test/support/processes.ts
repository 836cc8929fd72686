// Processes as /proc shows them.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { holdsFilesOf } from '../../scripts/check/open-files.ts';

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

const vmm = /^\S*(qemu-system-|menv-krun)/;

/**
 * Processes that work for this home: it is in their environment, on their command line, or, as with a VMM in
 * its jail, they hold files of it.
 */
export async function processesOf(home: string): Promise<readonly RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const [environment, command] = await Promise.all([
      contentOf(name, 'environ'),
      contentOf(name, 'cmdline'),
    ]);
    const marked =
      environment.split('\0').includes(`MENV_HOME=${home}`) ||
      command.includes(home) ||
      (vmm.test(command) && (await holdsFilesOf(name, home)));
    // Without a program it has ended and waits to be reaped.
    if (!marked || (await readlink(`/proc/${name}/exe`).catch(() => undefined)) === undefined) continue;
    found.push({ pid: Number(name), command: command.replaceAll('\0', ' ').trim() });
  }
  return found;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** CPU time in ticks of 10 ms, user and kernel. */
export async function cpuTicks(pid: number): Promise<number> {
  const fields = await statOf(pid);
  return Number(fields[11]) + Number(fields[12]);
}

/** 0 when the process is not there any more. */
export async function parentOf(pid: number): Promise<number> {
  const fields = await statOf(pid).catch(() => []);
  return Number(fields[1] ?? 0);
}

export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kilobytes) * 1024;
}

/** Memory with what is shared divided among those who share it. */
export async function proportionalBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(rollup) ?? [];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kilobytes) * 1024;
}

export async function commandLine(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replace(/\0$/, '').split('\0');
}

/** The fields from the third on. */
async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses and may contain anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function contentOf(pid: string, file: 'environ' | 'cmdline'): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
