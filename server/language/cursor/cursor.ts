// Where an offset is in a text that may be broken in any way. Nothing here needs the text to parse:
// lines are read by their indentation, brackets and quotes are followed only from the key they belong to.

import type { Span } from '../../sandboxfile/index.ts';
import { ancestors, indentOf, startsDocument } from './chain.ts';
import { colonFollows, scanFlow, type FlowScan } from './flow.ts';
import {
  contentStart,
  isBlank,
  lineEnd,
  lineStart,
  readLine,
  readQuoted,
  skipBlanks,
  type KeyOpener,
  type Line,
  type Opener,
} from './line.ts';

export type Quote = '' | '"' | "'";

export interface Segment {
  /** Undefined: an item of a list. */
  readonly key: string | undefined;
  /** The key or the dash; the opening bracket of a list in flow style. */
  readonly span: Span;
}

/** `entry`: a scalar that may still become a key, a list's item or more of the text above it. */
export type Place = 'key' | 'value' | 'entry' | 'block' | 'comment';

export interface Cursor {
  readonly offset: number;
  readonly place: Place;
  /** From the root to the collection that holds the key or entry, or to the value itself. */
  readonly path: readonly Segment[];
  /** The scalar that the cursor is in or touches, without quotes; empty when there is none. */
  readonly token: Span;
  readonly quote: Quote;
  readonly flow: boolean;
  /** For a key: its colon is there. */
  readonly colon: boolean;
  /** A blank must come before new text. */
  readonly tight: boolean;
  /** For a block key or entry: the column it stands in. */
  readonly column: number;
  /** Keys that come before in the same flow map. */
  readonly flowKeys: readonly string[];
}

export function cursorAt(text: string, offset: number): Cursor {
  const line = readLine(text, lineStart(text, offset));
  const own = line.openers.filter((opener) => opener.value <= offset);
  // Blank lines have no column of their own: the cursor's counts.
  const column = Math.min(line.indent, offset - line.start);
  const first = own[0] ?? line.openers.find((opener) => opener.start <= offset);
  const above = ancestors(text, line.start, first?.column ?? column, first?.kind === 'item');
  const inside = continued(text, above, line, offset) ?? openedHere(text, above, own, offset);
  if (inside !== undefined) return inside;

  if (isComment(text, line, offset)) return simple('comment', [...above, ...own], offset, column);
  const key = line.openers.find((opener) => opener.kind === 'key');
  if (key?.kind === 'key' && offset >= key.start && offset < key.value) {
    return atKey(text, above, own, key, offset);
  }
  return atScalar(text, [...above, ...own], line, offset, column);
}

/** Within something that a line above has opened: a block text, brackets or quotes. */
function continued(text: string, above: readonly Opener[], line: Line, offset: number): Cursor | undefined {
  const root = rootFlow(text, line.start);
  const inRoot = root === undefined ? undefined : withinFlowOrQuotes(text, [], root, offset);
  if (inRoot !== undefined) return inRoot;
  for (const [index, opener] of above.entries()) {
    const path = above.slice(0, index + 1);
    const start = valueStart(text, opener);
    const char = text.charAt(start);
    if ((char === '|' || char === '>') && isBlockHeader(text, start)) {
      return simple('block', path, offset, line.indent);
    }
    const found = withinFlowOrQuotes(text, path, start, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

function openedHere(
  text: string,
  above: readonly Opener[],
  own: readonly Opener[],
  offset: number,
): Cursor | undefined {
  const last = own.at(-1);
  if (last !== undefined) {
    const start = valueStart(text, last);
    return start < offset ? withinFlowOrQuotes(text, [...above, ...own], start, offset) : undefined;
  }
  const start = skipBlanks(text, lineStart(text, offset), offset);
  return '{['.includes(text.charAt(start)) && start < offset
    ? withinFlowOrQuotes(text, above, start, offset)
    : undefined;
}

function withinFlowOrQuotes(
  text: string,
  path: readonly Opener[],
  start: number,
  offset: number,
): Cursor | undefined {
  if (start >= offset) return undefined;
  const char = text.charAt(start);
  if (char === '{' || char === '[') {
    const scan = scanFlow(text, start, offset);
    return scan.frames.length === 0 ? undefined : inFlow(text, path, scan, offset);
  }
  if (char !== '"' && char !== "'") return undefined;
  const quoted = readQuoted(text, start, text.length);
  if (quoted === undefined || quoted.end < offset || (quoted.closed && quoted.end === offset))
    return undefined;
  // A quote that nothing closes ends with its line.
  const end = quoted.closed ? quoted.end - 1 : Math.max(offset, lineEnd(text, start));
  if (!quoted.closed && offset > lineEnd(text, start)) return undefined;
  return {
    ...simple('value', path, offset, 0),
    token: { start: start + 1, end },
    quote: char,
  };
}

function inFlow(text: string, path: readonly Opener[], scan: FlowScan, offset: number): Cursor {
  const segments = path.map(segment);
  for (const [index, frame] of scan.frames.entries()) {
    const innermost = index === scan.frames.length - 1;
    if (frame.kind === 'list')
      segments.push({ key: undefined, span: { start: frame.start, end: frame.start + 1 } });
    else if (frame.key !== undefined) segments.push({ key: frame.key.name, span: frame.key.span });
    else if (!innermost) segments.push({ key: '', span: { start: frame.start, end: frame.start + 1 } });
  }
  const top = scan.frames.at(-1);
  const { span, quote } = scan.token ?? { span: { start: offset, end: offset }, quote: '' as const };
  const isKey = top?.kind === 'map' && top.key === undefined;
  const previous = text[offset - 1];
  return {
    offset,
    place: scan.comment ? 'comment' : isKey ? 'key' : 'value',
    path: segments,
    token: unquoted(text, span, quote),
    quote,
    flow: true,
    colon: isKey && colonFollows(text, span.end),
    tight: scan.token === undefined && (previous === ':' || previous === ','),
    column: 0,
    flowKeys: top?.keys ?? [],
  };
}

function atKey(
  text: string,
  above: readonly Opener[],
  own: readonly Opener[],
  key: KeyOpener,
  offset: number,
): Cursor {
  const quote = quoteAt(text, key.start);
  const cursor = simple('key', [...above, ...own], offset, key.column);
  const touches = offset <= key.end;
  return {
    ...cursor,
    token: touches ? unquoted(text, key, quote) : cursor.token,
    quote: touches ? quote : '',
    colon: true,
  };
}

function atScalar(text: string, path: readonly Opener[], line: Line, offset: number, column: number): Cursor {
  const last = path.at(-1);
  const hasKey = last?.kind === 'key' && last.start >= line.start;
  const start = line.rest;
  const end = scalarEnd(text, start, line.end);
  const touches = offset >= start && offset <= end && end > start;
  const quote = touches ? quoteAt(text, start) : '';
  const token = touches ? unquoted(text, { start, end }, quote) : { start: offset, end: offset };
  const previous = text[offset - 1];
  return {
    ...simple(
      hasKey ? 'value' : 'entry',
      path,
      offset,
      touches ? start - line.start : entryColumn(path, line, offset, column),
    ),
    token,
    quote,
    tight: !touches && offset > line.start && !isBlank(previous) && (previous === ':' || previous === '-'),
  };
}

function entryColumn(path: readonly Opener[], line: Line, offset: number, column: number): number {
  const last = path.at(-1);
  return last !== undefined && last.start >= line.start ? offset - line.start : column;
}

function simple(place: Place, path: readonly Opener[], offset: number, column: number): Cursor {
  return {
    offset,
    place,
    path: path.map(segment),
    token: { start: offset, end: offset },
    quote: '',
    flow: false,
    colon: false,
    tight: false,
    column,
    flowKeys: [],
  };
}

function segment(opener: Opener): Segment {
  const span = { start: opener.start, end: opener.end };
  return { key: opener.kind === 'key' ? opener.name : undefined, span };
}

/** Offset of the value behind an opener, anchors and tags left out. */
function valueStart(text: string, opener: Opener): number {
  const end = lineEnd(text, opener.end);
  let at = skipBlanks(text, opener.value, end);
  while (text[at] === '&' || text[at] === '!') {
    while (at < end && !isBlank(text[at])) at++;
    at = skipBlanks(text, at, end);
  }
  return at;
}

function isBlockHeader(text: string, start: number): boolean {
  return /^[|>][-+0-9]{0,2}[ \t]*(?:#.*)?$/.test(text.slice(start, lineEnd(text, start)));
}

/** The bracket that the whole text is in, if it is. */
function rootFlow(text: string, before: number): number | undefined {
  for (let line = 0; line < before;) {
    const indent = indentOf(text, line);
    if (indent !== undefined && !startsDocument(text, line)) {
      const at = contentStart(text, line) + indent;
      return text[at] === '{' || text[at] === '[' ? at : undefined;
    }
    const newline = text.indexOf('\n', line);
    if (newline < 0) return undefined;
    line = newline + 1;
  }
  return undefined;
}

function isComment(text: string, line: Line, offset: number): boolean {
  const quoted = readQuoted(text, line.rest, line.end);
  for (let at = quoted?.end ?? line.rest; at < offset; at++) {
    if (text[at] === '#' && (at === line.start || isBlank(text[at - 1]))) return true;
  }
  return false;
}

/** Behind the last character of the scalar at `start`, a comment left out. */
function scalarEnd(text: string, start: number, end: number): number {
  const quoted = readQuoted(text, start, end);
  if (quoted !== undefined) return quoted.end;
  let at = start;
  while (at < end && !(text[at] === '#' && isBlank(text[at - 1]))) at++;
  while (at > start && isBlank(text[at - 1])) at--;
  return at;
}

function quoteAt(text: string, offset: number): Quote {
  const char = text[offset];
  return char === '"' || char === "'" ? char : '';
}

function unquoted(text: string, { start, end }: Span, quote: Quote): Span {
  if (quote === '') return { start, end };
  const closed = end - start > 1 && text[end - 1] === quote;
  return { start: start + 1, end: closed ? end - 1 : end };
}
