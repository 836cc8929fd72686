import { isScalar } from 'yaml';
import { quote } from '../grammars/grammar.ts';
import { parseSandboxfile } from '../parse.ts';
import type { Span } from '../position.ts';
import { brokenText, invalid, notEditable, refuse, verified, type EditResult, type Section } from './edit.ts';
import { entryEnd, entryLines, findEntry, sectionMap, type MapNode } from './place.ts';

const KINDS = { sandboxes: 'sandbox', builds: 'build', groups: 'group' } as const;

/** Removes components with their lines, or nothing at all. */
export function removeComponents(
  text: string,
  section: Section,
  names: readonly string[],
  file = 'Sandboxfile',
): EditResult {
  const before = parseSandboxfile(text);
  const fault = brokenText(before);
  if (fault !== undefined) return invalid(fault);
  const remaining = new Set(before.project.fields[section]?.value?.keys());
  const missing = [...new Set(names)].filter((name) => !remaining.has(name));
  if (missing.length > 0) {
    const list = missing.map(quote).join(', ');
    return refuse('not-found', `cannot find ${KINDS[section]}: '${list}' in '${file}'`);
  }
  let edited = text;
  for (const name of new Set(names)) {
    const span = removedSpan(edited, section, name);
    if (span === undefined) return invalid(notEditable(section));
    edited = edited.slice(0, span.start) + edited.slice(span.end);
    remaining.delete(name);
  }
  return verified(edited, section, [...remaining]);
}

function removedSpan(text: string, section: Section, name: string): Span | undefined {
  const map = sectionMap(text, section);
  const entry = map === undefined ? undefined : findEntry(map, name);
  if (map === undefined || entry === undefined) return undefined;
  if (map.flow === true) return flowSpan(text, map, name);
  const { start, end } = entryLines(text, entry);
  // The last line of a file without a last line end takes the one before it along.
  const atEnd = end === text.length && text[end - 1] !== '\n';
  return { start: atEnd ? beforeLineEnd(text, start) : start, end };
}

/** With the comma before it, or, for the first one, behind it. */
function flowSpan(text: string, map: MapNode, name: string): Span | undefined {
  const index = map.items.findIndex(({ key }) => isScalar(key) && key.source === name);
  const [before, entry, after] = [map.items[index - 1], map.items[index], map.items[index + 1]];
  if (entry === undefined) return undefined;
  if (before !== undefined) return { start: entryEnd(text, before), end: entryEnd(text, entry) };
  return { start: entry.key.range[0], end: after?.key.range[0] ?? entryEnd(text, entry) };
}

function beforeLineEnd(text: string, start: number): number {
  if (start === 0) return 0;
  return text[start - 2] === '\r' ? start - 2 : start - 1;
}
