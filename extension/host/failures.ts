// Failures as messages, with the action that helps.

import { l10n, window } from 'vscode';
import type { LogOutputChannel } from 'vscode';

export interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

/** Shows a failure with what the user can do about it; details go to the output channel. */
export async function showFailure(
  log: LogOutputChannel,
  error: unknown,
  actions: readonly Action[] = [],
): Promise<void> {
  log.error(error instanceof Error ? error : String(error));
  const showOutput = { title: l10n.t('Show Output'), run: () => log.show(true) };
  const chosen = await window.showErrorMessage(messageOf(error), ...[...actions, showOutput]);
  await chosen?.run();
}

/** The first line is the message; what to do follows it. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  const message = capitalized(error.message);
  return hint === undefined ? message : `${message}. ${capitalized(hint)}.`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
