import { Lexer } from 'yaml';
import type { Span } from '../../sandboxfile/index.ts';

/** An anchor with its aliases: up to where the same name is anchored again. */
export interface Anchors {
  readonly name: string;
  /** The names, without their sign. */
  readonly here: Span;
  readonly definition: Span | undefined;
  readonly aliases: readonly Span[];
}

/** What follows the sign. */
const NAME = /[^\s,[\]{}]/;
const ANCHOR = /^[&*][^\s,[\]{}]+$/;

/** The anchor or alias at an offset. Only then the whole text is looked at. */
export function anchorsAt(text: string, offset: number): Anchors | undefined {
  let start = offset;
  while (start > 0 && NAME.test(text.charAt(start - 1)) && !isSign(text[start])) start--;
  if (!isSign(text[start])) return undefined;
  const all = tokens(text);
  const at = all.findIndex((token) => token.span.start === start + 1);
  const own = all[at];
  if (own === undefined) return undefined;
  const same = all.map((token, index) => ({ ...token, index })).filter(({ name }) => name === own.name);
  const anchors = same.filter(({ anchor }) => anchor);
  const definition = anchors.findLast(({ index }) => index <= at);
  const end = anchors.find(({ index }) => index > at)?.index ?? all.length;
  const from = definition?.index ?? 0;
  const aliases = same.filter(({ anchor, index }) => !anchor && index >= from && index < end);
  return {
    name: own.name,
    here: own.span,
    definition: definition?.span,
    aliases: aliases.map(({ span }) => span),
  };
}

interface Token {
  readonly anchor: boolean;
  readonly name: string;
  readonly span: Span;
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (ANCHOR.test(lexeme)) {
      const span = { start: at + 1, end: at + lexeme.length };
      found.push({ anchor: lexeme.startsWith('&'), name: lexeme.slice(1), span });
    }
    // These stand for no text of their own.
    if (!MARKERS.has(lexeme)) at += lexeme.length;
  }
  return found;
}

/** Signs by which the lexer says that a document, a flow error or a scalar begins. */
const MARKERS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f']);

function isSign(char: string | undefined): boolean {
  return char === '&' || char === '*';
}
