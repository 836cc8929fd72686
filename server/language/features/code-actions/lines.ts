import type { Span } from '../../../sandboxfile/index.ts';
import { cursorAt } from '../../cursor/cursor.ts';
import { extentOf } from '../../cursor/extent.ts';
import { flowItemEnd } from '../../cursor/flow.ts';
import { lineStart } from '../../cursor/line.ts';
import { problemSpan, type Change, type Fixer } from './fix.ts';

/** Lines that are converted at most: each is looked at in its place. */
const MAX_LINES = 2_000;

/** An entry by its key: its lines, or, within brackets, it with a comma. */
export function removeEntry(text: string, key: Span): Change | undefined {
  if (!cursorAt(text, key.start).flow) return removeLines(text, key, 'key');
  const whole = { start: key.start, end: flowItemEnd(text, key.start) };
  return removeFromFlow(text, whole) ?? { ...whole, text: '' };
}

/** A list's item that says nothing new. */
export const removeItem: Fixer = ({ document }, problem) => {
  const { text } = document;
  const span = problemSpan(problem);
  const change = cursorAt(text, span.start).flow ? removeFromFlow(text, span) : removeDash(text, span);
  return change === undefined ? [] : [{ title: 'Remove it', preferred: true, changes: [change] }];
};

/** Blanks where tabs indent. */
export const spacesForTabs: Fixer = ({ document: { text } }, problem) => {
  const { start } = problemSpan(problem);
  const line = lineStart(text, start);
  if (!/^[ \t]*\t/.test(text.slice(line, start + 1))) return [];
  const changes: Change[] = [];
  for (const match of text.matchAll(/^ *\t[ \t]*/gm)) {
    if (changes.length >= MAX_LINES) break;
    const end = match.index + match[0].length;
    if (cursorAt(text, end).place === 'block') continue;
    changes.push({ start: match.index, end, text: match[0].replaceAll('\t', '  ') });
  }
  return [{ title: 'Indent with blanks instead of tabs', preferred: true, changes }];
};

function removeDash(text: string, item: Span): Change | undefined {
  const start = lineStart(text, item.start);
  const dash = /^[ \t]*-[ \t]+$/.exec(text.slice(start, item.start));
  if (dash === null) return undefined;
  const at = start + dash[0].indexOf('-');
  return removeLines(text, { start: at, end: at + 1 }, undefined);
}

function removeLines(text: string, span: Span, key: string | undefined): Change | undefined {
  const start = lineStart(text, span.start);
  if (text.slice(start, span.start).trim() !== '' || cursorAt(text, span.start).flow) return undefined;
  const { end } = extentOf(text, { key, span });
  const newline = text.indexOf('\n', end);
  if (newline < 0) return { start, end: text.length, text: '' };
  return { start, end: behindComments(text, newline + 1, span.start - start), text: '' };
}

/** Comments deeper than an entry belong to it. */
function behindComments(text: string, offset: number, column: number): number {
  const comment = new RegExp(`[ \\t]{${String(column + 1)},}#[^\\n]*(?:\\n|$)`, 'y');
  let at = offset;
  for (comment.lastIndex = at; comment.test(text);) at = comment.lastIndex;
  return at;
}

/** With the comma before it, or, for the first one, behind it. */
function removeFromFlow(text: string, { start, end }: Span): Change | undefined {
  const before = /,\s*$/.exec(text.slice(Math.max(0, start - 200), start))?.[0];
  if (before !== undefined) return { start: start - before.length, end, text: '' };
  const behind = /^\s*,\s*/.exec(text.slice(end, end + 200))?.[0];
  return behind === undefined ? undefined : { start, end: end + behind.length, text: '' };
}
