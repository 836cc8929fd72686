import type { Localizer } from '../../host/localizer.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in the largest whole unit: nothing at first, then `5 min`, `3 h`, `2 d`. */
export function age(since: Date, now: Date, l10n: Localizer): string {
  const ms = now.getTime() - since.getTime();
  if (ms < MINUTE) return '';
  if (ms < HOUR) return l10n.t('{0} min', Math.floor(ms / MINUTE));
  if (ms < DAY) return l10n.t('{0} h', Math.floor(ms / HOUR));
  return l10n.t('{0} d', Math.floor(ms / DAY));
}
