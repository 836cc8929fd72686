const units: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, 'year'],
  [30 * 86_400, 'month'],
  [7 * 86_400, 'week'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];

/** `3 weeks ago`; what lies in the future by a wrong clock is now. */
export function ago(time: Date, now: Date): string {
  const seconds = (now.getTime() - time.getTime()) / 1000;
  const [size, name] = units.find(([each]) => seconds >= each) ?? [];
  if (size === undefined || name === undefined) return 'just now';
  const count = Math.floor(seconds / size);
  return `${String(count)} ${name}${count === 1 ? '' : 's'} ago`;
}
