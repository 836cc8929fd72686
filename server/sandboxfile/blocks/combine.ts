import { quote } from '../grammars/grammar.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import type { ProjectFields } from '../schema/fields.ts';
import type { Field } from '../schema/schema.ts';
import type { ScalarNode } from '../syntax/node.ts';
import type { Block } from './block.ts';
import type { Piece } from './split.ts';

type Names = ReadonlyMap<string, Field<unknown>>;

/** A section whose names are blocks of their own. */
interface OpenSection {
  /** False: the section is there twice and this is the second one. */
  readonly counts: boolean;
  readonly seen: Map<string, ScalarNode>;
  readonly names: Map<string, Field<unknown>>;
  readonly key: Span;
  first: Span | undefined;
  last: Span | undefined;
}

/** What the blocks say together, and all their problems. Blocks of repeated keys say nothing. */
export function combine(
  blocks: readonly { readonly block: Block; readonly piece: Piece }[],
  problems: ProblemList,
): ProjectFields {
  const seen = new Map<string, ScalarNode>();
  const fields: Record<string, Field<unknown>> = {};
  let section: OpenSection | undefined;
  for (const { block, piece } of blocks) {
    const { section: name } = piece;
    if (name === undefined) {
      const counts = addKeys(block, seen, problems);
      takeProblems(block, counts, problems);
      if (counts) Object.assign(fields, block.fields);
      section = piece.opens === undefined ? undefined : openSection(block, piece.opens, counts, fields);
    } else if (section !== undefined) {
      section.first ??= block.keys[0]?.span;
      section.last = block.span;
      const counts = addKeys(block, section.seen, problems) && section.counts;
      takeProblems(block, counts, problems);
      if (!counts) continue;
      const names = (block.fields as Readonly<Record<string, Field<Names>>>)[name]?.value;
      for (const [key, field] of names ?? []) section.names.set(key, field);
    }
  }
  return fields;
}

/** False: the first key is a repeated one. */
function addKeys(block: Block, seen: Map<string, ScalarNode>, problems: ProblemList): boolean {
  let isNew = true;
  for (const [index, key] of block.keys.entries()) {
    const first = seen.get(key.text);
    if (first === undefined) {
      seen.set(key.text, key);
      continue;
    }
    if (index === 0) isNew = false;
    problems.report('SBX-DUP-KEY', key.span, `duplicate entry '${quote(key.text)}'`, {
      related: [{ range: problems.range(first.span), message: 'first defined here' }],
    });
  }
  return isNew;
}

function takeProblems(block: Block, counts: boolean, problems: ProblemList): void {
  for (const problem of counts ? block.problems() : block.syntaxProblems()) problems.add(problem);
}

function openSection(
  block: Block,
  name: string,
  counts: boolean,
  fields: Record<string, Field<unknown>>,
): OpenSection {
  const key = block.keys[0]?.span ?? block.span;
  const empty = (block.fields as Readonly<Record<string, Field<unknown>>>)[name]?.span ?? key;
  const names = new Map<string, Field<unknown>>();
  const section: OpenSection = { counts, seen: new Map(), names, key, first: undefined, last: undefined };
  if (counts) {
    const span: Span = {
      get start() {
        return (section.first ?? empty).start;
      },
      get end() {
        return (section.last ?? empty).end;
      },
    };
    fields[name] = { key, span, value: names };
  }
  return section;
}
