import type { Position, SelectionRange } from 'vscode-languageserver-types';
import type { Span } from '../../sandboxfile/index.ts';
import { cursorAt } from '../cursor/cursor.ts';
import { extentOf } from '../cursor/extent.ts';
import { lineEnd, lineStart, skipBlanks } from '../cursor/line.ts';
import type { LanguageDocument } from '../document-types.ts';

/** For each position: its scalar, then what holds it, step by step up to the whole text. */
export function selectionRanges(
  document: LanguageDocument,
  positions: readonly Position[],
): readonly SelectionRange[] {
  return positions.map((position) => selectionRange(document, position));
}

function selectionRange({ text, lines }: LanguageDocument, position: Position): SelectionRange {
  const offset = lines.offsetAt(position);
  const cursor = cursorAt(text, offset);
  const { start, end } = cursor.token;
  const line = {
    start: skipBlanks(text, lineStart(text, offset), lineEnd(text, offset)),
    end: lineEnd(text, offset),
  };
  const spans: Span[] = [
    { start: 0, end: text.length },
    ...cursor.path.map((segment) => extentOf(text, segment)),
    line,
    { start: start - cursor.quote.length, end: end + (text[end] === cursor.quote ? 1 : 0) },
    cursor.token,
  ];
  let range: SelectionRange | undefined;
  let outer: Span | undefined;
  for (const span of spans.sort((a, b) => b.end - b.start - (a.end - a.start))) {
    if (span.start > offset || span.end < offset) continue;
    if (outer !== undefined && (span.start < outer.start || span.end > outer.end)) continue;
    if (outer?.start === span.start && outer.end === span.end) continue;
    outer = span;
    range = { range: lines.rangeOf(span), ...(range === undefined ? {} : { parent: range }) };
  }
  return range ?? { range: lines.rangeOf({ start: offset, end: offset }) };
}
