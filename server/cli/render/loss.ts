import type { RestoreLoss } from '../../engine/api.ts';
import { ago } from './ago.ts';
import { formatBytes } from './bytes.ts';
import { printable } from './style.ts';

/** Of the programs that are named; a fork bomb has more. */
const MAX_NAMED = 8;

/** What going back would cost, before anybody is asked. */
export function renderLoss(sandbox: string, snapshot: string, loss: RestoreLoss, now: Date): string {
  const { since, running, programs, changedBytes } = loss;
  const lines = [
    `Going back to '${snapshot}' undoes what sandbox '${sandbox}' has done since ${since.toISOString()}, ${ago(since, now)}:`,
    `  programs  ${running ? named(programs) : 'none run'}`,
    `  disk      ${formatBytes(changedBytes, 1)} written since`,
  ];
  return printable(`${lines.join('\n')}\n`);
}

function named(programs: readonly string[] | undefined): string {
  if (programs === undefined) return 'those that run are ended';
  if (programs.length === 0) return 'none was started from outside';
  const names = programs.slice(0, MAX_NAMED).map((path) => path.slice(path.lastIndexOf('/') + 1));
  const more = programs.length > MAX_NAMED ? `, and ${String(programs.length - MAX_NAMED)} more` : '';
  return `${String(programs.length)} ended: ${names.join(', ')}${more}`;
}
