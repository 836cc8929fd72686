import { isAlias, isCollection, isMap, isScalar, isSeq, type Alias, type Pair, type ParsedNode } from 'yaml';
import { quote } from '../grammars/grammar.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Steps } from '../steps.ts';
import { Merger } from './merge.ts';
import type { MapEntry, MapNode, ScalarNode, SyntaxNode } from './node.ts';

/**
 * The library's tree as syntax nodes. Anchors stand before their aliases, so each node is converted
 * once and shared: the work is linear whatever the aliases would expand to.
 */
export function* convert(root: ParsedNode, problems: ProblemList, spans: Spans): Steps<Converted> {
  const conversion = new Conversion(problems, spans);
  const node = yield* conversion.steps(root, 0);
  return { root: node, nodeCount: conversion.nodeCount, shares: conversion.shares };
}

/** Makes the places of nodes. */
export type Spans = (start: number, end: number) => Span;

export interface Converted {
  readonly root: SyntaxNode;
  readonly nodeCount: number;
  /** Some node has an anchor or is an alias, or a merge key is there. */
  readonly shares: boolean;
}

/** UTF-16 units that are converted at one go. */
const RUN = 8 * 1024;

type Item = ParsedNode | Pair<ParsedNode, ParsedNode | null>;

class Conversion {
  nodeCount = 0;
  shares = false;
  readonly #spans: Spans;
  readonly #problems: ProblemList;
  readonly #merger: Merger;
  /** Latest node of each anchor; undefined while it is being converted. */
  readonly #anchors = new Map<string, SyntaxNode | undefined>();

  constructor(problems: ProblemList, spans: Spans) {
    this.#problems = problems;
    this.#spans = spans;
    this.#merger = new Merger(problems);
  }

  /** `at`: where it would stand if it were there. */
  node(node: ParsedNode | null, at: number): SyntaxNode {
    this.nodeCount++;
    if (isAlias(node)) return this.#alias(node);
    this.#open(node);
    return this.#close(node, this.#value(node, at));
  }

  /** The same, collections that are large in steps. */
  *steps(node: ParsedNode | null, at: number): Steps<SyntaxNode> {
    if (!isCollection(node) || node.range[1] - node.range[0] <= RUN) return this.node(node, at);
    this.nodeCount++;
    this.#open(node);
    const span = this.#spanOf(node);
    if (isMap(node)) {
      const entries = new Entries();
      for (const { key, value } of node.items) {
        yield;
        this.#add(entries, this.node(key, key.range[0]), yield* this.steps(value, key.range[1]));
      }
      return this.#close(node, this.#finish(entries, span));
    }
    const items: SyntaxNode[] = [];
    for (const item of node.items as Item[]) {
      yield;
      items.push('key' in item ? this.#pairInList(item) : yield* this.steps(item, item.range[0]));
    }
    return this.#close(node, { kind: 'list', span, items });
  }

  #open(node: ParsedNode | null): void {
    const anchor = node === null || isAlias(node) ? undefined : node.anchor;
    if (anchor === undefined) return;
    this.shares = true;
    this.#anchors.set(anchor, undefined);
  }

  #close(node: ParsedNode | null, converted: SyntaxNode): SyntaxNode {
    const anchor = node === null || isAlias(node) ? undefined : node.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, converted);
    return converted;
  }

  #value(node: Exclude<ParsedNode, Alias.Parsed> | null, at: number): SyntaxNode {
    const span = node === null ? this.#spans(at, at) : this.#spanOf(node);
    if (isMap(node)) {
      const entries = new Entries();
      for (const { key, value } of node.items) {
        this.#add(entries, this.node(key, key.range[0]), this.node(value, key.range[1]));
      }
      return this.#finish(entries, span);
    }
    if (isSeq(node)) {
      const items = (node.items as Item[]).map((item) =>
        'key' in item ? this.#pairInList(item) : this.node(item, item.range[0]),
      );
      return { kind: 'list', span, items };
    }
    if (!isScalar(node)) return empty(span);
    return {
      kind: 'scalar',
      span,
      text: node.source,
      plain: node.type === 'PLAIN' || node.type === undefined,
    };
  }

  /** A flow list may hold a bare `key: value`. */
  #pairInList(pair: Pair<ParsedNode, ParsedNode | null>): SyntaxNode {
    const key = this.node(pair.key, pair.key.range[0]);
    const value = this.node(pair.value, pair.key.range[1]);
    const end = Math.max(pair.key.range[1], pair.value?.range[1] ?? 0);
    const span = this.#spans(pair.key.range[0], end);
    return { kind: 'map', span, entries: key.kind === 'scalar' ? [{ key, value }] : [] };
  }

  #add(entries: Entries, key: SyntaxNode, value: SyntaxNode): void {
    if (key.kind !== 'scalar') {
      this.#problems.report('SBX-TYPE', key.span, `invalid type: ${key.kind}, expected a key`);
      return;
    }
    const isMerge = key.plain && key.text === '<<';
    const first = isMerge ? entries.merge : entries.own.get(key.text);
    if (first !== undefined) this.#duplicate(key, first.key);
    else if (isMerge) [entries.merge, this.shares] = [{ key, value }, true];
    else entries.own.set(key.text, { key, value });
  }

  #finish({ own, merge }: Entries, span: Span): MapNode {
    const entries = merge === undefined ? [...own.values()] : this.#merger.merge(own, merge);
    this.nodeCount += merge === undefined ? 0 : entries.length;
    return { kind: 'map', span, entries };
  }

  #duplicate(key: ScalarNode, first: ScalarNode): void {
    this.#problems.report('SBX-DUP-KEY', key.span, `duplicate entry '${quote(key.text)}'`, {
      related: [{ range: this.#problems.range(first.span), message: 'first defined here' }],
    });
  }

  #alias(alias: Alias.Parsed): SyntaxNode {
    this.shares = true;
    const span = this.#spanOf(alias);
    const target = this.#anchors.get(alias.source);
    if (target !== undefined) return target;
    const reason = this.#anchors.has(alias.source) ? 'refers to itself' : 'has no anchor before it';
    this.#problems.report('SBX-YAML', span, `alias *${quote(alias.source)} ${reason}`);
    return empty(span);
  }

  #spanOf({ range: [start, end] }: ParsedNode): Span {
    return this.#spans(start, end);
  }
}

/** Of one map, so far. */
class Entries {
  readonly own = new Map<string, MapEntry>();
  merge: MapEntry | undefined;
}

function empty(span: Span): ScalarNode {
  return { kind: 'scalar', span, text: '', plain: true };
}
