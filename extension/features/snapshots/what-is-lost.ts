import { l10n } from 'vscode';
import type { Project, Snapshot } from '../../../server/engine/api.ts';
import type { Target } from '../run/target.ts';

/** A dialog has to hold all of it. */
const MAX_PROGRAMS = 6;

/** What going back to the snapshot costs, and what it leaves alone. */
export async function whatIsLost(
  project: Project,
  { sandbox }: Target,
  { at, diskOnly }: Snapshot,
): Promise<readonly string[]> {
  const running = await project.find(sandbox);
  const programs = running === undefined ? [] : await running.programs();
  const live = programs.filter(({ exited }) => exited === undefined);
  const names = live.slice(0, MAX_PROGRAMS).map(({ program, args }) => [nameOf(program), ...args].join(' '));
  const rest = live.length - names.length;
  return [
    l10n.t('Lost for good: every file that the sandbox made or changed since {0}.', at.toLocaleString()),
    ...(names.length === 0 ? [] : [l10n.t('These programs end:'), ...names.map(shortened)]),
    ...(rest > 0 ? [l10n.t('  and {0} more', rest)] : []),
    diskOnly
      ? l10n.t('The snapshot has no memory: the sandbox is started with its disk when it is run next.')
      : l10n.t('It goes on with the programs that ran then.'),
    l10n.t('Kept: mounted folders as they are now, and all snapshots.'),
  ];
}

/** A script is known by its name. */
function nameOf(program: string): string {
  return program.replace(/^\/\.sandbox\/scripts\//, '');
}

function shortened(text: string): string {
  const line = text.split('\n').join(' ⏎ ');
  return `  ${line.length <= 80 ? line : `${line.slice(0, 80)}…`}`;
}
