// What has to be agreed to, and given, before anything starts.

import { commands, l10n, workspace } from 'vscode';
import { notify } from '../../host/notices.ts';
import type { Approvals } from '../approval/approval.ts';
import type { Target } from './target.ts';

/** Tells the user why not. */
export function isTrusted(): boolean {
  if (workspace.isTrusted) return true;
  const manage = {
    title: l10n.t('Manage Workspace Trust'),
    run: () => commands.executeCommand('workbench.trust.manage'),
  };
  void notify('warning', l10n.t('Sandboxes start only in trusted workspaces.'), manage);
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
