import { isMap, isScalar } from 'yaml';
import { blockEntry, flowEntry, type NewEntry } from './definition.ts';
import type { Section } from './edit.ts';
import { entryEnd, entryLines, findEntry, lineEnd, lineStart, rootMap, type MapNode } from './place.ts';

/** Columns of one level where the file does not show its own habit. */
const STEP = 2;

export interface Insertion {
  /** Text between these offsets is replaced. */
  readonly start: number;
  readonly end: number;
  readonly added: string;
}

/** Where and how entries go into a section; undefined when it is written in a way not known here. */
export function insertionOf(
  text: string,
  section: Section,
  entries: readonly NewEntry[],
): Insertion | undefined {
  const root = rootMap(text);
  if (root === undefined) return newSection(text, section, entries, 0);
  const value = findEntry(root, section)?.value;
  if (value === undefined) {
    return root.flow === true
      ? intoFlow(text, root, [`${section}: {${entries.map(flowEntry).join(', ')}}`])
      : newSection(text, section, entries, indentAt(text, root.range[0]));
  }
  if (isMap(value)) {
    return value.flow === true
      ? intoFlow(text, value, entries.map(flowEntry))
      : intoBlock(text, value, entries);
  }
  if (root.flow === true || !(value === null || isScalar(value))) return undefined;
  return intoEmpty(text, root, section, entries);
}

function newSection(text: string, section: Section, entries: readonly NewEntry[], indent: number): Insertion {
  const lines = entries.map((entry) => blockEntry(entry, indent + STEP, STEP)).join('');
  return atLine(text, text.length, `${' '.repeat(indent)}${section}:\n${lines}`);
}

function intoBlock(text: string, map: MapNode, entries: readonly NewEntry[]): Insertion | undefined {
  const [first] = map.items;
  const last = map.items.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const indent = indentAt(text, first.key.range[0]);
  const inner = isMap(first.value) && first.value.flow !== true ? first.value.items[0] : undefined;
  const step = inner === undefined ? STEP : Math.max(indentAt(text, inner.key.range[0]) - indent, 1);
  const lines = entries.map((entry) => blockEntry(entry, indent, step)).join('');
  return atLine(text, afterComments(text, entryLines(text, last).end, indent), lines);
}

/** Behind the key's line; a written-out null goes away. */
function intoEmpty(
  text: string,
  root: MapNode,
  section: Section,
  entries: readonly NewEntry[],
): Insertion | undefined {
  const entry = findEntry(root, section);
  if (entry === undefined) return undefined;
  const start = entryEnd(text, entry);
  const written = isScalar(entry.value) && entry.value.source !== '' ? entry.value.range[0] : start;
  const end = lineEnd(text, entry.key.range[1]);
  const indent = indentAt(text, entry.key.range[0]) + STEP;
  const lines = entries.map((entry) => blockEntry(entry, indent, STEP)).join('');
  const { added } = atLine(text, end, lines);
  return written === start
    ? { start: end, end, added }
    : { start: written, end, added: text.slice(start, end) + added };
}

function intoFlow(text: string, map: MapNode, entries: readonly string[]): Insertion {
  const last = map.items.at(-1);
  const at = last === undefined ? text.indexOf('{', map.range[0]) + 1 : entryEnd(text, last);
  return { start: at, end: at, added: (last === undefined ? '' : ', ') + entries.join(', ') };
}

/** Lines in the file's own line ends; a file without a last line end stays without one. */
function atLine(text: string, at: number, lines: string): Insertion {
  const open = at > 0 && text[at - 1] !== '\n';
  const added = open ? `\n${lines.replace(/\n$/, '')}` : lines;
  return { start: at, end: at, added: text.includes('\r\n') ? added.replaceAll('\n', '\r\n') : added };
}

/** Comments deeper than the entries belong to the last of them. */
function afterComments(text: string, offset: number, indent: number): number {
  const comment = new RegExp(`[ \\t]{${String(indent + 1)},}#[^\\n]*(?:\\n|$)`, 'y');
  let at = offset;
  for (comment.lastIndex = at; comment.test(text);) at = comment.lastIndex;
  return at;
}

function indentAt(text: string, offset: number): number {
  const line = text.slice(lineStart(text, offset), offset);
  return line.length - line.trimStart().length;
}
