import type { ProblemList } from '../problem-list.ts';
import { isNull, type MapEntry, type SyntaxNode } from './node.ts';

/** Entries one map may take over from others: merge keys multiply, files of real life do not. */
const MAX_MERGED = 10_000;

/**
 * Own entries, then those that the merge key brings and that are not there yet: of several maps, an
 * earlier one wins.
 */
export function mergeEntries(
  own: ReadonlyMap<string, MapEntry>,
  merge: MapEntry,
  problems: ProblemList,
): MapEntry[] {
  const entries = new Map(own);
  let looked = 0;
  for (const source of sources(merge.value)) {
    if (source.kind !== 'map') {
      problems.report('SBX-TYPE', merge.key.span, 'invalid type: a merge key takes a map or a list of maps');
      continue;
    }
    for (const entry of source.entries) {
      if (++looked > MAX_MERGED) {
        problems.report('SBX-YAML', merge.key.span, `merges more than ${String(MAX_MERGED)} entries`);
        return [...entries.values()];
      }
      if (!entries.has(entry.key.text)) entries.set(entry.key.text, entry);
    }
  }
  return [...entries.values()];
}

function sources(value: SyntaxNode): readonly SyntaxNode[] {
  if (isNull(value)) return [];
  return value.kind === 'list' ? value.items : [value];
}
