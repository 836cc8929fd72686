import type { Localizer } from './localizer.ts';

/** A dialog has to hold all of it. */
export const MAX_LISTED = 12;

/** As many as a dialog has room for, in one line. */
export function listed(items: readonly string[], l10n: Localizer): string {
  const rest = items.length - MAX_LISTED;
  return [...items.slice(0, MAX_LISTED), ...(rest > 0 ? [l10n.t('and {0} more', rest)] : [])].join(', ');
}
