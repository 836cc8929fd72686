import { l10n, window } from 'vscode';
import type { Project, Snapshot } from '../../../server/engine/api.ts';
import { notify } from '../../host/notices.ts';
import { withoutIcons } from '../../host/plain-text.ts';
import type { Target } from '../run/target.ts';
import { snapshotText } from './snapshot-text.ts';

/** The one that was said, or the one that the user picks; newest first. */
export async function pickSnapshot(
  project: Project,
  { sandbox }: Target,
  said: string | undefined,
  title: string,
): Promise<Snapshot | undefined> {
  const snapshots = [...(await project.snapshots(sandbox))].reverse();
  const known = snapshots.find(({ name }) => name === said);
  if (known !== undefined) return known;
  if (snapshots.length === 0) {
    void notify('info', l10n.t("Sandbox '{0}' has no snapshots.", sandbox));
    return undefined;
  }
  const now = new Date();
  const items = snapshots.map((snapshot) => ({
    snapshot,
    label: snapshot.name,
    description: snapshotText(snapshot, now),
    detail: withoutIcons(snapshot.description),
  }));
  return (await window.showQuickPick(items, { title, placeHolder: l10n.t('Snapshot') }))?.snapshot;
}
