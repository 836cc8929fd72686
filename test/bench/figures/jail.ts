import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../scripts/build/go.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { vmmOf } from '../../../server/engine/machine/vmm.ts';
import { absolute, part } from '../figure.ts';
import type { Figure } from '../figure.ts';

const execute = promisify(execFile);
const rounds = 100;

/** What the walls around a VMM add to its start: QEMU tells its version, in a jail and without one by turns. */
export async function jail(): Promise<readonly Figure[]> {
  const { jailed, free, off } = await times();
  const added = jailed.map((time, round) => time - (free[round] ?? 0));
  const walls = off.length === 0 ? '' : ` (without ${off.join(', ')})`;
  return [
    absolute(`a jail${walls} adds to a start`, 'ms', added, { limit: 10, direction: 'at most' }),
    part('QEMU --version, in the jail', 'ms', jailed),
    part('QEMU --version, free', 'ms', free),
  ];
}

interface Times {
  readonly jailed: readonly number[];
  readonly free: readonly number[];
  /** Walls that this host cannot build. */
  readonly off: readonly string[];
}

async function times(): Promise<Times> {
  const folder = await mkdtemp(path.join(tmpdir(), 'jail-'));
  try {
    const program = path.join(folder, 'jailtimes');
    const go = await findGo();
    await go.build('./cmd/jailtimes', program, { goos: 'linux', arch: hostPlatform().arch });
    const { stdout } = await execute(program, [String(rounds), vmmOf({}).program, '--version']);
    return JSON.parse(stdout) as Times;
  } finally {
    await rm(folder, { recursive: true });
  }
}
