// What has to be agreed to, and given, before anything starts.

import { commands, l10n, window, workspace } from 'vscode';
import type { Approvals } from '../approval/approval.ts';
import type { Target } from './target.ts';

/** Tells the user why not. */
export function isTrusted(): boolean {
  if (workspace.isTrusted) return true;
  const manage = l10n.t('Manage Workspace Trust');
  const message = l10n.t('Sandboxes start only in trusted workspaces.');
  void window.showWarningMessage(message, manage).then((chosen) => {
    if (chosen === manage) void commands.executeCommand('workbench.trust.manage');
  });
  return false;
}

/** Asks for what was not agreed to before. */
export async function mayStart(approvals: Approvals, target: Target): Promise<boolean> {
  return (await approvals.allow(target)) && (await hasSecrets(target));
}

/** The code that asks for them is loaded for those that have some. */
async function hasSecrets(target: Target): Promise<boolean> {
  const secrets = target.file.project?.model.sandboxes.get(target.sandbox)?.secrets;
  if (secrets === undefined || secrets.size === 0) return true;
  const { giveMissing } = await import('../secrets/set-secret.ts');
  return giveMissing(target);
}
