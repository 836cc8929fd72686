// One line of YAML as a person reads it, whatever the lines around it are. Columns count UTF-16 units
// from 0; a tab counts as one, so a line that is indented with tabs still lies below its parent.

/** A key or a dash that later, deeper lines may belong to. */
export type Opener = KeyOpener | ItemOpener;

export interface KeyOpener {
  readonly kind: 'key';
  readonly column: number;
  /** Without quotes and escapes. */
  readonly name: string;
  /** Offsets, quotes included. */
  readonly start: number;
  readonly end: number;
  /** Offset of the first character that may belong to the value. */
  readonly value: number;
  /** False: a lone word that may become a key. */
  readonly colon: boolean;
}

export interface ItemOpener {
  readonly kind: 'item';
  readonly column: number;
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** The parser takes no deeper ones: all work on a path is bounded by it. */
export const MAX_DEPTH = 64;

export interface Line {
  readonly start: number;
  /** Behind the last character that is no line end. */
  readonly end: number;
  readonly indent: number;
  /** From left to right. */
  readonly openers: readonly Opener[];
  /** Offset of what follows the openers: a value, a lone scalar, a comment or nothing. */
  readonly rest: number;
}

export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset of the line end behind `offset`. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  const end = newline < 0 ? text.length : newline;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

export function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

export function skipBlanks(text: string, offset: number, end: number): number {
  let at = offset;
  while (at < end && isBlank(text[at])) at++;
  return at;
}

export function readLine(text: string, start: number): Line {
  const end = lineEnd(text, start);
  const origin = contentStart(text, start);
  let at = skipBlanks(text, origin, end);
  const indent = at - origin;
  const openers: Opener[] = [];
  while (openers.length < MAX_DEPTH && text[at] === '-' && (at + 1 >= end || isBlank(text[at + 1]))) {
    openers.push({ kind: 'item', column: at - origin, start: at, end: at + 1, value: at + 1 });
    at = skipBlanks(text, at + 1, end);
  }
  const key = readKey(text, origin, skipProperties(text, at, end), end);
  if (key === undefined) return { start, end, indent, openers, rest: at };
  openers.push(key);
  return { start, end, indent, openers, rest: skipBlanks(text, key.value, end) };
}

/** A byte order mark is no part of the first line. */
export function contentStart(text: string, line: number): number {
  return line === 0 && text.startsWith('\ufeff') ? 1 : line;
}

/** Anchors and tags before a key. */
function skipProperties(text: string, offset: number, end: number): number {
  let at = offset;
  while (text[at] === '&' || text[at] === '!') {
    let behind = at;
    while (behind < end && !isBlank(text[behind])) behind++;
    const next = skipBlanks(text, behind, end);
    if (next >= end) return offset;
    at = next;
  }
  return at;
}

function readKey(text: string, line: number, start: number, end: number): KeyOpener | undefined {
  if (start >= end) return undefined;
  const quoted = readQuoted(text, start, end);
  if (quoted !== undefined) {
    const colon = skipBlanks(text, quoted.end, end);
    if (!quoted.closed || text[colon] !== ':') return undefined;
    return key(line, start, quoted.end, quoted.content, colon + 1, true);
  }
  if ('{[]},#|>@`%'.includes(text.charAt(start))) return undefined;
  for (let at = start; at < end; at++) {
    if (text[at] === '#' && isBlank(text[at - 1])) break;
    if (text[at] !== ':' || (at + 1 < end && !isBlank(text[at + 1]))) continue;
    const name = text.slice(start, at).trimEnd();
    return key(line, start, start + name.length, name, at + 1, true);
  }
  return undefined;
}

/** The lone word of a line, as a key whose colon is not yet written. */
export function bareKey(text: string, line: Line): KeyOpener | undefined {
  const match = /^[A-Za-z0-9_][\w.-]*(?=[ \t]*$)/.exec(text.slice(line.rest, line.end))?.[0];
  if (match === undefined || line.openers.some((opener) => opener.kind === 'key')) return undefined;
  return key(contentStart(text, line.start), line.rest, line.rest + match.length, match, line.end, false);
}

function key(
  line: number,
  start: number,
  end: number,
  name: string,
  value: number,
  colon: boolean,
): KeyOpener {
  return { kind: 'key', column: start - line, name, start, end, value, colon };
}

export interface Quoted {
  /** Behind the closing quote, or the end of what was looked at. */
  readonly end: number;
  readonly closed: boolean;
  /** Escapes of quotes and backslashes undone, others as written. */
  readonly content: string;
}

/** The quoted text that starts at `start`; undefined when none does. */
export function readQuoted(text: string, start: number, end: number): Quoted | undefined {
  const quote = text[start];
  if (quote !== '"' && quote !== "'") return undefined;
  let content = '';
  for (let at = start + 1; at < end; at++) {
    const char = text.charAt(at);
    if (char === quote) {
      if (quote === '"' || text[at + 1] !== "'") return { end: at + 1, closed: true, content };
      at++;
    } else if (quote === '"' && char === '\\') at++;
    content += text.charAt(at);
  }
  return { end, closed: false, content };
}
