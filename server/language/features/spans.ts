import type { Span } from '../../sandboxfile/index.ts';

/** From the start of an entry's key to the last character of its value. */
export function entrySpan(text: string, key: Span, value: Span): Span {
  // An alias's value stands elsewhere, an absent one nowhere.
  if (value.start < key.end) return key;
  return { start: key.start, end: Math.max(key.end, trimmedEnd(text, value)) };
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** Block texts end behind their line end. */
function trimmedEnd(text: string, { start, end }: Span): number {
  let at = end;
  while (at > start && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}
