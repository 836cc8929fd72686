export type FoldedPath =
  { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string };

/** Folds `.`, `..` and repeated slashes of an absolute guest path. */
export function foldGuestPath(text: string): FoldedPath {
  if (!text.startsWith('/')) return { ok: false, reason: "Path must be absolute (start with '/')" };
  if (text.includes('\0')) return { ok: false, reason: 'Path must not contain a NUL character' };
  const segments: string[] = [];
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) {
      return { ok: false, reason: 'cannot traverse above root directory' };
    }
  }
  return { ok: true, path: `/${segments.join('/')}` };
}

/** Equal, or one inside the other; both folded. */
export function guestPathsOverlap(a: string, b: string): boolean {
  return a === b || isInside(a, b) || isInside(b, a);
}

function isInside(inner: string, outer: string): boolean {
  return inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}
