import { l10n, window } from 'vscode';
import type { SnapshotOptions } from '../../../server/engine/api.ts';

export type SnapshotKind = Pick<SnapshotOptions, 'diskOnly'>;

/** Undefined when the user gives up. */
export async function pickKind(title: string): Promise<SnapshotKind | undefined> {
  const items = [
    {
      keeps: { diskOnly: false },
      label: `$(history) ${l10n.t('Memory and disk')}`,
      detail: l10n.t('Its programs go on where they were. Takes as much disk as it uses memory.'),
    },
    {
      keeps: { diskOnly: true },
      label: `$(database) ${l10n.t('Disk only')}`,
      detail: l10n.t('Its files. The sandbox is started with them, with no program running. Small.'),
    },
  ];
  return (await window.showQuickPick(items, { title, placeHolder: l10n.t('What to keep') }))?.keeps;
}
