import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundles, eagerBytes } from '../../../scripts/build/bundle.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { packageExtension } from '../../../scripts/package/vsix.ts';
import { repository } from '../../support/msb.ts';
import { absolute } from '../figure.ts';
import type { Figure } from '../figure.ts';

const rounds = 15;
const KIB = 1024;
const MIB = 1024 ** 2;

/** What the extension costs an editor that starts, and what is downloaded. */
export async function editor(): Promise<readonly Figure[]> {
  const extension = bundles.find(({ name }) => name === 'extension');
  if (extension === undefined) throw new Error('no bundle of the extension');
  const loads: number[] = [];
  const activations: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [load, activation] = await loadTimes();
    loads.push(load);
    activations.push(activation);
  }
  const eager = (await eagerBytes(extension)) / KIB;
  const { size } = await stat(await packageExtension(hostPlatform()));
  return [
    absolute('extension: loaded at activation', 'KiB', [eager], { limit: 146, direction: 'at most' }),
    absolute('extension: load', 'ms', loads, { limit: 20, direction: 'at most' }),
    absolute('extension: activate', 'ms', activations, { limit: 30, direction: 'at most' }),
    absolute('extension: package', 'MiB', [size / MIB], { limit: 42.9, direction: 'at most' }),
  ];
}

async function loadTimes(): Promise<readonly [number, number]> {
  const script = path.join(repository, 'test/bench/editor/load.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script, repository]);
  return JSON.parse(stdout) as [number, number];
}
