import { isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from 'yaml';
import { ProblemList } from '../problem-list.ts';
import type { Span } from '../position.ts';
import { compose } from '../syntax/parse.ts';
import type { Section } from './edit.ts';

export type MapNode = YAMLMap.Parsed;
export type Entry = Pair<ParsedNode, ParsedNode | null>;

/** The root map; undefined when the text has no value. */
export function rootMap(text: string): MapNode | undefined {
  const root = compose(text, new ProblemList(text));
  return isMap(root) ? root : undefined;
}

export function findEntry(map: MapNode, name: string): Entry | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.source === name);
}

/** The map of a section; undefined when it is absent, empty or no map. */
export function sectionMap(text: string, section: Section): MapNode | undefined {
  const root = rootMap(text);
  const value = root === undefined ? undefined : findEntry(root, section)?.value;
  return isMap(value) ? value : undefined;
}

/** Offset behind the last character of an entry, comments and line ends left out. */
export function entryEnd(text: string, entry: Entry): number {
  const { key, value } = entry;
  return value === null ? key.range[1] : Math.max(nodeEnd(text, value), key.range[1]);
}

/** The lines that a block entry stands on, the last line's end included. */
export function entryLines(text: string, entry: Entry): Span {
  return {
    start: lineStart(text, entry.key.range[0]),
    end: lineEnd(text, entryEnd(text, entry)),
  };
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Start of the next line, or the end of the text; `offset` itself when a line starts there. */
export function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}

function nodeEnd(text: string, node: ParsedNode): number {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? node.range[1] : entryEnd(text, last);
  }
  if (isSeq(node) && node.flow !== true) {
    const last = (node.items as (ParsedNode | Entry)[]).at(-1);
    if (last === undefined || 'key' in last) return node.range[1];
    return nodeEnd(text, last);
  }
  const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  return block ? blockEnd(text, node.range[0], node.range[1]) : node.range[1];
}

/** Blank lines behind a block text belong to it only when it keeps them. */
function blockEnd(text: string, start: number, end: number): number {
  const header = text.slice(start, lineEnd(text, start));
  return /^[|>][1-9]?\+/.test(header) ? end : start + text.slice(start, end).trimEnd().length;
}
