// `menv image` as the engine runs it, timed, with the memory that it took.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { dist } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';

export interface ImageRun {
  readonly milliseconds: number;
  readonly peakBytes: number;
}

/** Resolves the reference into a store in that folder. */
export async function resolveImage(
  store: string,
  reference: string,
  options: readonly string[] = [],
): Promise<ImageRun> {
  const { name, arch } = hostPlatform();
  const assets = path.join(dist, name);
  const places = [
    '--store',
    store,
    '--platform',
    `linux/${arch}`,
    '--builtin',
    path.join(assets, 'busybox.tar'),
  ];
  const started = performance.now();
  const child = spawn(path.join(assets, 'menv'), ['image', 'resolve', ...places, ...options, reference], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MENV_HOME: store },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4096)));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const peak = watchPeak(child.pid);
  const [code] = await closed;
  const milliseconds = performance.now() - started;
  if (code !== 0) throw new Error(`menv image ended with ${code}: ${said}`);
  return { milliseconds, peakBytes: peak() };
}

const sampleMs = 20;

/** The kernel's own mark of the most memory, which only grows: the last look is the peak. */
function watchPeak(pid: number | undefined): () => number {
  let peak = 0;
  const look = async (): Promise<void> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    if (kilobytes !== undefined) peak = Number(kilobytes) * 1024;
  };
  const timer = setInterval(() => void look(), sampleMs);
  return () => {
    clearInterval(timer);
    return peak;
  };
}
