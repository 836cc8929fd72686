// What helps against a failure, by its code; the catalogue's hint says it in words.

import { commands, l10n } from 'vscode';
import { COMMANDS } from '../contributions.ts';
import type { Action } from './failures.ts';

export function actionsFor(error: unknown): readonly Action[] {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FILE_NOT_FOUND':
      return [action(l10n.t('Initialize Sandboxfile'), COMMANDS.initialize)];
    case 'FILE_INVALID':
      return [action(l10n.t('Show Problems'), 'workbench.actions.view.problems')];
    case 'VMM_MISSING':
    case 'VMM_FAILED':
    case 'ASSET_MISSING':
      return [action(l10n.t('Doctor'), COMMANDS.doctor)];
    case 'GUEST_PANIC':
    case 'BOOT_TIMEOUT':
    case 'SUPERVISOR_LOST':
      return [action(l10n.t('Show Logs'), COMMANDS.showLogs)];
    default:
      return [];
  }
}

function action(title: string, command: string): Action {
  return { title, run: () => commands.executeCommand(command) };
}
