import { window } from 'vscode';
import { withoutLinks } from './plain-text.ts';

export interface Action {
  readonly title: string;
  readonly run: () => unknown;
}

const SHOWING = {
  info: (message: string, actions: readonly Action[]) => window.showInformationMessage(message, ...actions),
  warning: (message: string, actions: readonly Action[]) => window.showWarningMessage(message, ...actions),
  error: (message: string, actions: readonly Action[]) => window.showErrorMessage(message, ...actions),
} as const;

/** Says it beside the user's work, with what can be done about it. Resolves when that was chosen and done, or nothing was. */
export async function notify(
  level: keyof typeof SHOWING,
  message: string,
  ...actions: readonly Action[]
): Promise<void> {
  const chosen = await SHOWING[level](withoutLinks(message), actions);
  await chosen?.run();
}
