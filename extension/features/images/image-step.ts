import { l10n } from 'vscode';
import type { ImageProgress } from '../projects/live-state.ts';

const MIB = 1024 ** 2;

/** How far an image is, in words. */
export function imageStep({ stage, done, total }: ImageProgress): string {
  const amount = total > 0 ? ` ${(done / MIB).toFixed(1)}/${(total / MIB).toFixed(1)} MiB` : '';
  switch (stage) {
    case 'resolving':
      return l10n.t('asking the registry');
    case 'downloading':
      return l10n.t('downloading') + amount;
    case 'importing':
      return l10n.t('importing') + amount;
    case 'pushing':
      return l10n.t('pushing') + amount;
    case 'saving':
      return l10n.t('saving') + amount;
    case 'committing':
      return l10n.t('taking over changes') + amount;
    case 'ready':
      return l10n.t('ready');
  }
}
