import { commands, l10n } from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { notify } from '../../host/notices.ts';
import type { Projects } from '../projects/projects.ts';
import { isTrusted } from './may-start.ts';

/** Of a workspace without a sandbox: why there is nothing to choose from, and what makes the first one. */
export function offerFirst(projects: Projects): void {
  // Nothing was read of it then.
  if (!isTrusted()) return;
  const has = projects.all.length > 0;
  const message = has
    ? l10n.t('No Sandboxfile of this workspace has a sandbox.')
    : l10n.t('This workspace has no Sandboxfile yet.');
  void notify('info', message, {
    title: has ? l10n.t('Add Sandbox') : l10n.t('Initialize Sandboxfile'),
    run: () => commands.executeCommand(has ? COMMANDS.addSandbox : COMMANDS.initialize),
  });
}
