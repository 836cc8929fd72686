import { bareKey, contentStart, lineStart, MAX_DEPTH, readLine, type Line, type Opener } from './line.ts';

/**
 * The openers above the line at `start` that a thing at `column` of it belongs to, outermost first.
 * `item`: the thing is a dash, which may stand right below its key.
 */
export function ancestors(text: string, start: number, column: number, item: boolean): Opener[] {
  const chain: Opener[] = [];
  let limit = column;
  let below = item;
  for (let at = start; at > 0 && chain.length < MAX_DEPTH && (limit > 0 || below);) {
    at = lineStart(text, at - 1);
    const indent = indentOf(text, at);
    if (indent === undefined || indent > limit || (indent === limit && !below)) {
      if (indent === 0 && startsDocument(text, at)) break;
      continue;
    }
    if (startsDocument(text, at)) break;
    const line = readLine(text, at);
    for (const opener of openersOf(text, line).reverse()) {
      if (opener.column < limit || (opener.column === limit && below && opener.kind === 'key')) {
        chain.push(opener);
        limit = opener.column;
        below = opener.kind === 'item';
      }
    }
  }
  return chain.reverse();
}

/** A line's openers with its lone word, if it has one. */
export function openersOf(text: string, line: Line): Opener[] {
  const bare = bareKey(text, line);
  return bare === undefined ? [...line.openers] : [...line.openers, bare];
}

/** Undefined for blank lines and comments. */
export function indentOf(text: string, start: number): number | undefined {
  const origin = contentStart(text, start);
  let at = origin;
  while (text[at] === ' ' || text[at] === '\t') at++;
  const char = text[at];
  if (char === undefined || char === '\n' || char === '\r' || char === '#') return undefined;
  return at - origin;
}

export function startsDocument(text: string, start: number): boolean {
  return text.startsWith('---', start) && /^---(?:\s|$)/.test(text.slice(start, start + 4));
}
