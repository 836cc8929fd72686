import { l10n, window, workspace } from 'vscode';
import type { Container } from '../../container.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import { show } from './follow.ts';
import { logUri } from './log-documents.ts';

/** Opens a sandbox's log, where it failed or else at its end, which then follows what is written. */
export async function showLogs({ projects, logs }: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(projects, hintOf(argument), { title: l10n.t('Show Logs') });
  if (target === undefined) return;
  const document = await workspace.openTextDocument(logUri(target));
  await window.showTextDocument(document, { preview: true });
  show(await logs.documents(), document);
}
