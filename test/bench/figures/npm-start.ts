import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { repository } from '../../support/msb.ts';
import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { timed } from '../../support/statistics.ts';
import { firstOutput } from './starts.ts';

const rounds = 4;

/** `npm start` when nothing changed, against a cold start by the engine. */
export async function secondNpmStart(bench: Bench): Promise<readonly Figure[]> {
  await npmStart();
  const measured: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floor.push((await firstOutput(bench.engine, bench)).total);
    measured.push(await timed(npmStart));
  }
  return [compared('second npm start', 'ms', 'p50', measured, floor, { limit: 3, direction: 'at most' })];
}

async function npmStart(): Promise<void> {
  const child = spawn('npm', ['start'], { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`npm start ended with ${code}: ${stderr}`);
}
