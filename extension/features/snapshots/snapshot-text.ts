import { l10n } from 'vscode';
import type { Snapshot } from '../../../server/engine/api.ts';
import { bytes } from '../dashboard/amounts.ts';
import { age } from '../tree/age.ts';

/** How old it is, and what it takes that nothing else does. */
export function snapshotText({ at, ownBytes, diskOnly }: Snapshot, now: Date): string {
  const old = age(at, now, l10n);
  const parts = [
    old === '' ? l10n.t('just now') : l10n.t('{0} ago', old),
    diskOnly ? l10n.t('disk only') : l10n.t('with memory'),
    bytes(ownBytes),
  ];
  return parts.join(', ');
}
