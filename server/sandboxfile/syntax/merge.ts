import type { ProblemList } from '../problem-list.ts';
import { isNull, type MapEntry, type SyntaxNode } from './node.ts';

/** Entries of one file that merge keys may take over: they multiply, files of real life do not. */
const MAX_MERGED = 50_000;

/** Expands the merge keys of one file. */
export class Merger {
  readonly #problems: ProblemList;
  #left = MAX_MERGED;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  /**
   * Own entries, then those that the merge key brings and that are not there yet: of several maps, an
   * earlier one wins.
   */
  merge(own: ReadonlyMap<string, MapEntry>, merge: MapEntry): MapEntry[] {
    const entries = new Map(own);
    for (const source of sources(merge.value)) {
      if (source.kind !== 'map') {
        const message = 'invalid type: a merge key takes a map or a list of maps';
        this.#problems.report('SBX-TYPE', merge.key.span, message);
        continue;
      }
      for (const entry of source.entries) {
        if (!this.#spend(merge)) return [...entries.values()];
        if (!entries.has(entry.key.text)) entries.set(entry.key.text, entry);
      }
    }
    return [...entries.values()];
  }

  #spend(merge: MapEntry): boolean {
    if (this.#left === 0) {
      const message = `merge keys bring more than ${String(MAX_MERGED)} entries`;
      this.#problems.report('SBX-YAML', merge.key.span, message);
    }
    return this.#left-- > 0;
  }
}

function sources(value: SyntaxNode): readonly SyntaxNode[] {
  if (isNull(value)) return [];
  return value.kind === 'list' ? value.items : [value];
}
