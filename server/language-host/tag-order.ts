/** `latest`, then versions from the newest, plain ones before their variants, then other words. */
export function byUse(a: string, b: string): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  if (left.rank !== right.rank) return left.rank - right.rank;
  const most = Math.max(left.version.length, right.version.length);
  for (let at = 0; at < most; at++) {
    // A shorter version names the newest of its kind.
    const [mine, other] = [left.version[at] ?? Infinity, right.version[at] ?? Infinity];
    if (mine !== other) return mine > other ? -1 : 1;
  }
  if (left.rest.length !== right.rest.length) return left.rest.length - right.rest.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

interface TagKey {
  readonly rank: number;
  readonly version: readonly number[];
  /** What follows the version. */
  readonly rest: string;
}

function keyOf(tag: string): TagKey {
  const [whole, version] = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})/.exec(tag) ?? [];
  if (tag === 'latest') return { rank: 0, version: [], rest: '' };
  if (whole === undefined || version === undefined) return { rank: 3, version: [], rest: tag };
  const rest = tag.slice(whole.length);
  return { rank: rest === '' ? 1 : 2, version: version.split('.').map(Number), rest };
}
