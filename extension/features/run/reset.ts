import { l10n, window } from 'vscode';
import type { Container } from '../../container.ts';
import { listed } from '../../host/listed.ts';
import { withProgress } from '../../host/progress.ts';
import { isUp } from '../projects/live-state.ts';
import { pickSandbox } from './pick.ts';
import { hintOf } from './target.ts';

/** Throws away what a sandbox has changed, after the user has been told what that is. */
export async function reset(container: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(container.projects, hintOf(argument), { title: l10n.t('Reset Sandbox') });
  if (target === undefined) return;
  const { file, sandbox } = target;
  const discard = l10n.t('Reset');
  const state = file.state(sandbox);
  // What cannot be read is said when it is to be deleted.
  const found = await file.project?.snapshots(sandbox).catch(() => undefined);
  const snapshots = (found ?? []).map(({ name }) => name);
  const detail = [
    l10n.t('Lost for good: every file that was made or changed in it since its image, and its log.'),
    ...(state.kind === 'saved' ? [l10n.t('The programs that were saved to go on, too.')] : []),
    ...(snapshots.length === 0 ? [] : [l10n.t('Its snapshots too: {0}.', listed(snapshots, l10n))]),
    l10n.t('Kept: the Sandboxfile, mounted folders and the image.'),
    ...(isUp(state) ? [l10n.t('The sandbox is running and is stopped first.')] : []),
  ].join('\n');
  const message = l10n.t("Reset sandbox '{0}' to its image?", sandbox);
  if ((await window.showWarningMessage(message, { modal: true, detail }, discard)) !== discard) return;
  const outcome = await withProgress(l10n.t("Resetting sandbox '{0}'", sandbox), async ({ signal }) => {
    await file.project?.stop([sandbox], { signal });
    const engine = await file.engine();
    await engine.clean({ root: file.root, file: file.file, name: sandbox, force: true, signal });
  });
  container.tree.refresh();
  if (outcome.kind === 'failed') throw outcome.error;
}
