// The library composes a document at one go. Here a large one is composed in runs of its items: the
// nodes, their places and the faults are those of the whole.

import { Composer, isPair, type CST, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Steps } from '../steps.ts';

/** UTF-16 units that are composed at one go: some milliseconds. */
const RUN = 8 * 1024;

export interface Composed {
  readonly first: ParsedNode | undefined;
  /** Where a second document starts. */
  readonly second: number | undefined;
  /** Of the first document. */
  readonly faults: readonly Fault[];
}

export interface Fault {
  readonly message: string;
  readonly pos: [number, number];
}

export function* composeDocuments(tokens: readonly CST.Token[], text: string, run = RUN): Steps<Composed> {
  const composition = new Composition(text, run);
  const index = tokens.findIndex(({ type }) => type === 'document');
  const token = tokens[index];
  const shortened = [...tokens];
  let contents: ParsedNode | undefined;
  const isLarge = text.length > run;
  if (isLarge && token?.type === 'document' && isCollection(token.value) && mayShorten(token.start)) {
    contents = yield* composition.collection(token.value, text.length);
    shortened[index] = { ...token, value: composition.stub(token.value, contents) };
  }
  const [document, second] = composeAll(shortened, text.length);
  return {
    first: contents ?? document?.contents ?? undefined,
    second: second?.range[0],
    faults: [...composition.faults, ...(document?.errors ?? [])],
  };
}

type Collection = CST.BlockMap | CST.BlockSequence | CST.FlowCollection;
type Item = Collection['items'][number];
type Parts = YAMLMap.Parsed | YAMLSeq.Parsed;

class Composition {
  readonly faults: Fault[] = [];
  readonly #text: string;
  readonly #run: number;
  /** Nodes that were composed before what holds them, by where they start. */
  readonly #done = new Map<number, ParsedNode>();

  constructor(text: string, run: number) {
    this.#text = text;
    this.#run = run;
  }

  /** `end`: of what may belong to it. */
  *collection(token: Collection, end: number): Steps<Parts> {
    const { items } = token;
    let whole: Parts | undefined;
    let from = 0;
    do {
      const run: Item[] = [];
      let [to, size] = [from, 0];
      while (to < items.length && (size < this.#run || isUnfinished(token, items[to - 1]))) {
        const item = items[to++];
        if (item === undefined) break;
        const itemEnd = startOf(items[to]) ?? end;
        const length = itemEnd - (startOf(item) ?? itemEnd);
        const short = length > this.#run ? yield* this.#shortened(token, item, itemEnd) : item;
        size += short === item ? length : 1;
        run.push(short);
      }
      whole = this.#append(
        whole,
        this.#composeRun(token, run, whole, to < items.length ? (startOf(items[to]) ?? end) : undefined),
      );
      from = to;
      yield;
    } while (from < items.length);
    return whole;
  }

  /** Stands for a node that was composed already, in the same place. */
  stub({ offset, indent }: Collection, node: ParsedNode): CST.FlowScalar {
    this.#done.set(offset, node);
    const source = this.#text.slice(offset, node.range[2]);
    // An alias is taken at any length but one.
    return source.length > 1
      ? { type: 'alias', offset, indent, source }
      : { type: 'scalar', offset, indent, source: 'x' };
  }

  /** An item whose value is composed before it; the item itself when that would not be the same. */
  *#shortened(parent: Collection, item: Item, end: number): Steps<Item> {
    const { value } = item;
    if (!isCollection(value) || !mayComposeAlone(parent, item, value)) return item;
    const node = yield* this.collection(value, end);
    return { ...item, value: this.stub(value, node) };
  }

  /** `next`: where the run behind this one starts. */
  #composeRun(
    token: Collection,
    run: readonly Item[],
    before: Parts | undefined,
    next: number | undefined,
  ): Parts {
    const part = { ...token, items: [...run] } as Collection;
    if (part.type === 'flow-collection') {
      const isMap = part.start.source === '{';
      const sign = { indent: part.indent, source: isMap ? '}' : ']' };
      if (next !== undefined)
        part.end = [{ type: isMap ? 'flow-map-end' : 'flow-seq-end', offset: next, ...sign }];
      // A comma before it needs something before that.
      if (before !== undefined)
        part.items.unshift(fillerFor(isMap, endOf(before.items.at(-1)) ?? part.offset));
    } else if (before !== undefined) part.offset = before.range[1];
    const document: CST.Document = { type: 'document', offset: part.offset, start: [], value: part };
    const [composed] = composeAll([document], this.#text.length);
    this.faults.push(...(composed?.errors ?? []));
    const node = composed?.contents as Parts;
    if (part.type === 'flow-collection' && before !== undefined) node.items.shift();
    this.#fill(node);
    return node;
  }

  #append(whole: Parts | undefined, part: Parts): Parts {
    if (whole === undefined) return part;
    for (const item of part.items) (whole.items as unknown[]).push(item);
    // Where the library saw a comment as the last thing, it goes on thinking so.
    const [start, items, comments] = whole.range;
    const sawComment = comments !== items && part.range[2] === part.range[1];
    whole.range = [start, part.range[1], sawComment ? comments : part.range[2]];
    return whole;
  }

  #fill({ items }: Parts): void {
    for (const [index, item] of items.entries()) {
      if (isPair(item)) item.value = this.#doneAt(item.value) ?? item.value;
      else items[index] = this.#doneAt(item) ?? item;
    }
  }

  #doneAt(node: ParsedNode | null): ParsedNode | undefined {
    const start = node?.range[0] ?? -1;
    const done = this.#done.get(start);
    this.#done.delete(start);
    return done;
  }
}

function composeAll(tokens: Iterable<CST.Token>, end: number) {
  // Duplicates and numbers are the reader's business: the library compares each key with each.
  const composer = new Composer({
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  return withoutStacks(() => [...composer.compose(tokens, true, end)]);
}

/** The library makes an Error of each fault: their stacks would be most of the work in a bad text. */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function isCollection(token: CST.Token | null | undefined): token is Collection {
  return token?.type === 'block-map' || token?.type === 'block-seq' || token?.type === 'flow-collection';
}

/** What the library says about a collection does not depend on what it stands in. */
function mayComposeAlone(parent: Collection, { start, key, sep }: Item, value: Collection): boolean {
  const isEntry = sep !== undefined;
  const before = isEntry ? sep : start;
  if (!isPlain(before)) return false;
  if (parent.type === 'flow-collection' && parent.start.source === '[') {
    if (isEntry || key) return false;
  } else {
    const sign = parent.type === 'block-seq' ? 'seq-item-ind' : 'map-value-ind';
    if (!before.some(({ type }) => type === sign)) return false;
  }
  if (value.type === 'flow-collection') {
    return value.end[0]?.source === (value.start.source === '{' ? '}' : ']');
  }
  if (parent.type === 'block-seq') return !isEntry;
  return parent.type === 'block-map' && before.some(({ type }) => type === 'newline');
}

/** No properties, which belong to the value, and no tabs, which are faults before some values. */
function isPlain(tokens: readonly CST.SourceToken[]): boolean {
  return tokens.every(
    ({ type, source }) => type !== 'anchor' && type !== 'tag' && !(type === 'space' && source.includes('\t')),
  );
}

/** What stands before the root. */
function mayShorten(start: readonly CST.SourceToken[]): boolean {
  return isPlain(start) && !start.some(({ type }) => type === 'doc-start');
}

/** Where such an item ends, and what is wrong with it, is known to the library only. */
function isUnfinished(parent: Collection, item: Item | undefined): boolean {
  if (item === undefined || item.value) return false;
  if (parent.type !== 'flow-collection') return parent.type === 'block-map' && item.sep === undefined;
  return !item.key || item.sep === undefined || item.sep.length > 0;
}

function startOf(item: Item | undefined): number | undefined {
  return item?.start[0]?.offset ?? item?.key?.offset ?? item?.sep?.[0]?.offset ?? item?.value?.offset;
}

/** An item that ends at an offset. */
function fillerFor(isMap: boolean, end: number): CST.FlowCollection['items'][number] {
  const value: CST.FlowScalar = { type: 'alias', offset: end - 2, indent: 0, source: '*x' };
  if (!isMap) return { start: [], value };
  const sep: CST.SourceToken[] = [{ type: 'map-value-ind', offset: end - 3, indent: 0, source: ':' }];
  return { start: [], key: { ...value, offset: end - 5 }, sep, value };
}

function endOf(item: ParsedNode | Pair<ParsedNode, ParsedNode | null> | undefined): number | undefined {
  return isPair(item) ? (item.value ?? item.key).range[2] : item?.range[2];
}
