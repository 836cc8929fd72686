const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in the largest whole unit: nothing at first, then `5 min`, `3 h`, `2 d`. */
export function age(since: Date, now: Date): string {
  const ms = now.getTime() - since.getTime();
  if (ms < MINUTE) return '';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}
