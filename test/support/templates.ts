// Templates made ahead, so that the first start of a test clones as every later one does.

import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { assetsIn, defaultAssetFolder } from '../../server/engine/machine/assets.ts';
import { processesOf } from './processes.ts';

const pollMs = 50;
const deadlineMs = 240_000;

export interface TemplateOptions {
  /** For sandboxes of another scope than `none`. */
  readonly network?: boolean;
}

/** For a guest with one processor and this much memory. */
export async function makeTemplate(
  home: string,
  memoryMib: number,
  { network = false }: TemplateOptions = {},
): Promise<void> {
  const { menv, kernel, agentDisk, emptyDisk } = assetsIn(defaultAssetFolder());
  const spec = { cpus: 1, memoryMib, kernel, agentDisk, emptyDisk, ...(network ? { network: {} } : {}) };
  const maker = spawn(menv, ['template'], { env: { ...process.env, MENV_HOME: home } });
  maker.stdin.end(JSON.stringify(spec));
  const [stderr, closed] = await Promise.all([text(maker.stderr), once(maker, 'close')]);
  const [code] = closed as [number | null];
  if (code !== 0) throw new Error(`no template was made: ${stderr}`);
}

/** Templates that starts have left to be made are made. */
export async function templatesMade(home: string): Promise<void> {
  const end = performance.now() + deadlineMs;
  while ((await processesOf(home)).some(({ command }) => command.endsWith(' template'))) {
    if (performance.now() > end) throw new Error('a template is still being made');
    await delay(pollMs);
  }
}
