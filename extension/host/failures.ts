// Failures as messages, with the action that helps.

import { l10n } from 'vscode';
import type { LogOutputChannel } from 'vscode';
import { notify } from './notices.ts';
import type { Action } from './notices.ts';
import { sentence } from './sentence.ts';

/** What the engine knows of a failure, wherever it was heard of. */
export interface Told {
  readonly code?: unknown;
  readonly message: string;
  readonly hint?: unknown;
}

/** Shows a failure with what the user can do about it; details go to the output channel. */
export async function showFailure(
  log: LogOutputChannel,
  error: unknown,
  actions: readonly Action[] = [],
): Promise<void> {
  log.error(error instanceof Error ? error : String(error));
  const showOutput = { title: l10n.t('Show Output'), run: () => log.show(true) };
  await notify('error', messageOf(error), ...actions, showOutput);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? sentences(error) : String(error);
}

/** What happened, then what to do. */
export function sentences(told: Told): string {
  const hint = hintOf(told);
  return hint === undefined ? sentence(told.message) : `${sentence(told.message)} ${sentence(hint)}`;
}

/** The engine's hints speak to users of the command line. */
function hintOf({ code, hint }: Told): string | undefined {
  switch (code) {
    case 'FILE_NOT_FOUND':
      return l10n.t('Make a new one, or bring it back from version control.');
    case 'FILE_INVALID':
      return l10n.t('Correct the file; the Problems view lists what is wrong.');
    case 'ALREADY_RUNNING':
      return l10n.t('Stop it first.');
    case 'VMM_FAILED':
      return l10n.t('Run it again; when that fails too, the doctor tells what this machine lacks.');
    case 'UNRESPONSIVE':
      return l10n.t('Stop ends it by force if it stays that way.');
    case 'NOT_RUNNING':
      return l10n.t('Run it first.');
    case 'SNAPSHOT_EXISTS':
      return l10n.t('Choose another name, or delete that snapshot.');
    default:
      return typeof hint === 'string' && !/`msb |--(?:file|exec)\b/.test(hint) ? hint : undefined;
  }
}
