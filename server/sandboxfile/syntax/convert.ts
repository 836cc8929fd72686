import { isAlias, isMap, isScalar, isSeq, type Alias, type Pair, type ParsedNode, type YAMLMap } from 'yaml';
import { quote } from '../grammars/grammar.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import { Merger } from './merge.ts';
import type { MapEntry, MapNode, ScalarNode, SyntaxNode } from './node.ts';

/**
 * The library's tree as syntax nodes. Anchors stand before their aliases, so each node is converted
 * once and shared: the work is linear whatever the aliases would expand to.
 */
export function convert(root: ParsedNode, problems: ProblemList, spans: Spans): Converted {
  const conversion = new Conversion(problems, spans);
  return { root: conversion.node(root, 0), nodeCount: conversion.nodeCount, shares: conversion.shares };
}

/** Makes the places of nodes. */
export type Spans = (start: number, end: number) => Span;

export interface Converted {
  readonly root: SyntaxNode;
  readonly nodeCount: number;
  /** Some node has an anchor or is an alias, or a merge key is there. */
  readonly shares: boolean;
}

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
    const anchor = node?.anchor;
    if (anchor !== undefined) this.shares = true;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const converted = this.#value(node, at);
    if (anchor !== undefined) this.#anchors.set(anchor, converted);
    return converted;
  }

  #value(node: Exclude<ParsedNode, Alias.Parsed> | null, at: number): SyntaxNode {
    const span = node === null ? this.#spans(at, at) : this.#spanOf(node);
    if (isMap(node)) return this.#map(node, span);
    if (isSeq(node)) {
      const items = (node.items as (ParsedNode | Pair<ParsedNode, ParsedNode | null>)[]).map((item) =>
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

  #map(map: YAMLMap.Parsed, span: Span): MapNode {
    const own = new Map<string, MapEntry>();
    let merge: MapEntry | undefined;
    for (const pair of map.items) {
      const key = this.node(pair.key, pair.key.range[0]);
      const value = this.node(pair.value, pair.key.range[1]);
      if (key.kind !== 'scalar') {
        this.#problems.report('SBX-TYPE', key.span, `invalid type: ${key.kind}, expected a key`);
        continue;
      }
      const isMerge = key.plain && key.text === '<<';
      const first = isMerge ? merge : own.get(key.text);
      if (first !== undefined) this.#duplicate(key, first.key);
      else if (isMerge) [merge, this.shares] = [{ key, value }, true];
      else own.set(key.text, { key, value });
    }
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

function empty(span: Span): ScalarNode {
  return { kind: 'scalar', span, text: '', plain: true };
}
