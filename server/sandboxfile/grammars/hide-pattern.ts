import { accept, quote, reject, type Grammar } from './grammar.ts';

/** What the host's file server takes of one volume, and in one pattern. */
export const MAX_HIDE_PATTERNS = 64;
const MAX_BYTES = 256;

/** A name at any depth, or with a slash a path from the volume's top, with `*`, `?`, `[a-z]` and `**`. */
export const hidePattern: Grammar<string> = (text) => {
  const why = fault(text);
  if (why === undefined) return accept(text);
  return reject('SBX-VOLUME-OPTION', `invalid pattern: '${quote(text)}', ${why}`);
};

/** Whether the pattern has no wildcards: then it means one name, or one path. */
export function isLiteralPattern(text: string): boolean {
  return !/[*?[\\]/.test(text);
}

function fault(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `it has more than ${String(MAX_BYTES)} bytes`;
  if (text.startsWith('!')) return "there are no exceptions; '\\!' is the character";
  if (text.includes('\0')) return 'it has a NUL character';
  const segments = text.replace(/\/$/, '').replace(/^\//, '').split('/');
  if (segments.length === 1 && segments[0] === '') return 'it names nothing';
  for (const segment of segments) {
    if (segment === '') return 'there is nothing between two slashes';
    if (segment === '.' || segment === '..') return "'.' and '..' are no names";
    if (!isGlob(segment)) return "a '[' is not closed, or a '\\' is the last";
  }
  return undefined;
}

/** What Go's path.Match takes. */
function isGlob(text: string): boolean {
  const item = String.raw`(?:\\.|[^\\\]-])`;
  const set = String.raw`\[\^?${item}(?:-${item})?(?:${item}(?:-${item})?)*\]`;
  return new RegExp(String.raw`^(?:\\.|[^\\[]|${set})*$`, 'su').test(text);
}
