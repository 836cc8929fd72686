// Where things of a text go: read from the library's concrete syntax, which has a place for each sign.

import type { CST } from 'yaml';
import type { Span, Steps } from '../../../sandboxfile/index.ts';
import { lineStart } from '../../cursor/line.ts';
import { STEP } from '../completion/site.ts';
import type { Replacement } from './replacement.ts';

export interface Layout {
  /** New column of what starts at an offset: a key, a dash, a value on its own line. */
  readonly columns: ReadonlyMap<number, number>;
  /** White space between the signs of one line. */
  readonly blanks: readonly Replacement[];
  /** Values of several lines and comments, in file order. */
  readonly regions: readonly Region[];
}

export interface Region extends Span {
  /** `text`: lines of a block text. `free`: lines whose indentation means nothing. */
  readonly kind: 'text' | 'free' | 'comment';
  /** Old and new column: of a block text's lines, else of what the value belongs to. */
  readonly from: number;
  readonly to: number;
}

/** Undefined: written in a way that is better left alone. */
export function* layoutOf(text: string, tokens: readonly CST.Token[]): Steps<Layout | undefined> {
  const documents = tokens.filter((token) => token.type === 'document');
  const [document] = documents;
  if (documents.length !== 1 || document?.value === undefined) return undefined;
  const layout = new LayoutReader(text);
  layout.comments(tokens.filter((token): token is CST.SourceToken => token.type === 'comment'));
  layout.comments(document.start);
  layout.comments(document.end);
  const { value } = document;
  if (value.type !== 'block-map' || !(yield* layout.collection(value, 0))) return undefined;
  return layout;
}

type Collection = CST.BlockMap | CST.BlockSequence;
type Item = Collection['items'][number];

class LayoutReader implements Layout {
  readonly columns = new Map<number, number>();
  readonly blanks: Replacement[] = [];
  readonly regions: Region[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  comments(tokens: readonly CST.SourceToken[] | undefined): void {
    for (const { type, offset, source } of tokens ?? []) {
      if (type !== 'comment') continue;
      this.regions.push({ kind: 'comment', start: offset, end: offset + source.length, from: 0, to: 0 });
    }
  }

  /** False when something in it is better left alone. */
  *collection(node: Collection, column: number): Steps<boolean> {
    for (const item of node.items as readonly Item[]) {
      yield;
      const isFine = node.type === 'block-map' ? this.#entry(item, column) : this.#item(item, column);
      if (!(yield* isFine)) return false;
    }
    return true;
  }

  *#entry({ start, key, sep, value }: Item, column: number): Steps<boolean> {
    this.comments(start);
    const isSimple =
      key?.type === 'scalar' || key?.type === 'double-quoted-scalar' || key?.type === 'single-quoted-scalar';
    if (start.some(({ type }) => type === 'explicit-key-ind')) return false;
    // Comments behind the last entry; a null key is an odd one.
    if (!key) return !sep;
    if (!(isSimple || key.type === 'alias')) return false;
    const first = start.find(isProperty)?.offset ?? key.offset;
    this.columns.set(first, column);
    this.#separators(sep, 'map-value-ind', value !== undefined);
    return yield* this.#value(value, sep, key.offset, column);
  }

  *#item({ start, value, sep }: Item, column: number): Steps<boolean> {
    const dash = start.find(({ type }) => type === 'seq-item-ind');
    if (sep !== undefined) return false;
    if (dash === undefined) {
      this.comments(start);
      return value === undefined;
    }
    this.columns.set(dash.offset, column);
    this.#separators(start, 'seq-item-ind', value !== undefined);
    return yield* this.#value(value, start, dash.offset, column);
  }

  /** One blank behind the sign, none before a colon. */
  #separators(tokens: readonly CST.SourceToken[], sign: string, hasValue: boolean): void {
    this.comments(tokens);
    const at = tokens.findIndex(({ type }) => type === sign);
    const [before, after, behind] = [tokens[at - 1], tokens[at + 1], tokens[at + 2]];
    if (sign === 'map-value-ind' && before?.type === 'space') this.#blank(before, '');
    const follows = behind === undefined ? hasValue : behind.type !== 'newline' && behind.type !== 'comment';
    if (after?.type === 'space' && follows) this.#blank(after, ' ');
  }

  #blank({ offset, source }: CST.SourceToken, text: string): void {
    if (source !== text) this.blanks.push({ start: offset, end: offset + source.length, text });
  }

  *#value(
    value: CST.Token | null | undefined,
    before: readonly CST.SourceToken[],
    owner: number,
    column: number,
  ): Steps<boolean> {
    const properties = before.filter(isProperty);
    for (const { offset } of properties) this.#alone(offset, column + STEP);
    if (value === undefined || value === null) return true;
    const from = this.#column(owner);
    switch (value.type) {
      case 'block-map':
      case 'block-seq':
        return yield* this.collection(value, column + STEP);
      case 'block-scalar':
        this.#alone(value.offset, column + STEP);
        this.#blockText(value, from, column);
        return true;
      case 'alias':
      case 'scalar':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar':
        if (!('source' in value)) return false;
        this.#alone(value.offset, column + STEP);
        this.#free(value.offset, value.offset + value.source.length, from, column);
        this.comments(value.end);
        return true;
      case 'flow-collection': {
        const close = value.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
        if (close === undefined) return false;
        this.#alone(value.offset, column + STEP);
        this.#free(value.offset, close.offset + 1, from, column);
        this.comments(value.end);
        return true;
      }
      default:
        return false;
    }
  }

  #blockText({ offset, props, source }: CST.BlockScalar, from: number, to: number): void {
    const signs = props.filter((token): token is CST.SourceToken => 'source' in token);
    const header = signs.find(({ type }) => type === 'block-scalar-header')?.source ?? '';
    const last = signs.at(-1);
    if (last === undefined) return;
    const start = last.offset + last.source.length;
    const given = /[1-9]/.exec(header)?.[0];
    const found = /^(?:[ \t]*\r?\n)*( *)/.exec(source)?.[1]?.length ?? 0;
    // Blank lines behind the text belong to it only when it keeps them.
    const content = source.trimEnd().length;
    const newline = source.indexOf('\n', content);
    const end = header.includes('+') || newline < 0 ? source.length : newline;
    this.regions.push({
      kind: 'text',
      start: offset,
      end: start + end,
      from: given === undefined ? found : from + Number(given),
      to: to + (given === undefined ? STEP : Number(given)),
    });
  }

  #free(start: number, end: number, from: number, to: number): void {
    if (this.#text.slice(start, end).includes('\n'))
      this.regions.push({ kind: 'free', start, end, from, to });
  }

  /** A value that is the first thing of its line has a column. */
  #alone(offset: number, column: number): void {
    if (this.#text.slice(lineStart(this.#text, offset), offset).trim() === '')
      this.columns.set(offset, column);
  }

  #column(offset: number): number {
    return offset - lineStart(this.#text, offset);
  }
}

function isProperty({ type }: CST.SourceToken): boolean {
  return type === 'anchor' || type === 'tag';
}
