import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../scripts/build/go.ts';
import { dist } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { absolute } from '../figure.ts';
import type { Figure } from '../figure.ts';

const execute = promisify(execFile);
const rounds = 5;
const mebibyte = 2 ** 20;

/** What libkrun's helper takes besides the guest's memory, when the guest's processor has begun. */
export async function krun(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'krun-'));
  try {
    const program = path.join(folder, 'krunfootprint');
    const go = await findGo();
    const { name, arch } = hostPlatform();
    await go.build('./cmd/krunfootprint', program, { goos: 'linux', arch });
    const measured: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const { stdout } = await execute(program, [path.join(dist, name)]);
      measured.push((JSON.parse(stdout) as { bytes: number }).bytes / mebibyte);
    }
    return [
      absolute("libkrun's helper, besides the guest", 'MiB', measured, { limit: 20, direction: 'at most' }),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}
