// What helps against a failure, by its code; the message says it in words.

import { commands, l10n } from 'vscode';
import { COMMANDS, SETTINGS } from '../contributions.ts';
import type { Action } from './notices.ts';
import { setting } from './settings.ts';

/** `argument`: of the commands, where it is known what the failure is about. */
export function actionsFor(error: unknown, argument?: unknown): readonly Action[] {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const ours = (title: string, command: string): Action => action(title, command, argument);
  switch (code) {
    case 'FILE_NOT_FOUND':
      return [ours(l10n.t('Initialize Sandboxfile'), COMMANDS.initialize)];
    case 'FILE_INVALID':
      return [ours(l10n.t('Open Sandboxfile'), COMMANDS.openFile)];
    case 'VMM_MISSING':
    case 'VMM_FAILED':
      return [ours(l10n.t('Doctor'), COMMANDS.doctor), ...openSettings('vmm')];
    case 'SECRET_MISSING':
    case 'SECRET_HOSTS':
      return [ours(l10n.t('Set Secret…'), COMMANDS.setSecret)];
    case 'ASSET_MISSING':
      return [ours(l10n.t('Doctor'), COMMANDS.doctor)];
    case 'RUN_FOLDER':
    case 'STORE':
    case 'SOCKET_PATH_TOO_LONG':
      return openSettings('home');
    case 'GUEST_PANIC':
    case 'BOOT_TIMEOUT':
    case 'SUPERVISOR_LOST':
      return [ours(l10n.t('Show Logs'), COMMANDS.showLogs)];
    default:
      return [];
  }
}

/** Where the user has chosen something, that may be what is wrong. */
function openSettings(key: 'home' | 'vmm'): readonly Action[] {
  if (setting(key) === '') return [];
  return [action(l10n.t('Open Settings'), 'workbench.action.openSettings', SETTINGS[key].name)];
}

function action(title: string, command: string, argument: unknown): Action {
  const arguments_ = argument === undefined ? [] : [argument];
  return { title, run: () => commands.executeCommand(command, ...arguments_) };
}
