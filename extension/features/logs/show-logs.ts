import { l10n, window, workspace } from 'vscode';
import { hasCode } from '../../../server/engine/index.ts';
import type { Container } from '../../container.ts';
import { notify } from '../../host/notices.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import type { Target } from '../run/target.ts';
import { show } from './follow.ts';
import { logUri } from './log-documents.ts';

/** Opens a sandbox's log, where it failed or else at its end, which then follows what is written. */
export async function showLogs({ projects, logs }: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(projects, hintOf(argument), { title: l10n.t('Show Logs') });
  if (target === undefined) return;
  if (!(await hasPrinted(target))) {
    void notify(
      'info',
      l10n.t("Sandbox '{0}' has printed nothing yet. What it prints is shown here.", target.sandbox),
    );
  }
  const document = await workspace.openTextDocument(logUri(target));
  await window.showTextDocument(document, { preview: true });
  show(await logs.documents(), document);
}

async function hasPrinted({ file, sandbox }: Target): Promise<boolean> {
  try {
    const project = await file.opened();
    for await (const chunk of project.log(sandbox, { tail: 1 })) if (chunk.length > 0) return true;
    return false;
  } catch (error) {
    // What else is wrong with it is said where it is read.
    return !hasCode(error, 'LOG_NOT_FOUND');
  }
}
