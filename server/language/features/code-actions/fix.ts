import type { Problem, Section, Span } from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import { quoteOf, scalarLike } from '../scalar.ts';

/** One way to solve a problem. */
export type Fix = ChangeFix | CreateFix | FileFix;

interface Common {
  readonly title: string;
  /** What the editor may do without asking which. */
  readonly preferred?: boolean;
}

export interface ChangeFix extends Common {
  readonly changes: readonly Change[];
}

/** Adds a component; worked out when it is chosen. */
export interface CreateFix extends Common {
  readonly create: { readonly section: Section; readonly name: string };
}

/** Makes a file that is missing. */
export interface FileFix extends Common {
  readonly file: { readonly uri: string; readonly text: string };
}

export interface Change extends Span {
  readonly text: string;
}

export interface FixContext {
  readonly workspace: LanguageWorkspace;
  readonly document: LanguageDocument;
}

export type Fixer = (context: FixContext, problem: Problem) => readonly Fix[];

export function problemSpan({ range }: Problem): Span {
  return { start: range.start.offset, end: range.end.offset };
}

/** Puts another text in the place of a scalar, in its quotes. */
export function replaceScalar({ text }: LanguageDocument, span: Span, value: string): Change {
  // What is safe within brackets is safe anywhere.
  return { ...span, text: scalarLike(text.slice(span.start, span.end), value, true) };
}

/** A scalar as it is written, without its quotes. */
export function written({ text }: LanguageDocument, { start, end }: Span): string {
  const source = text.slice(start, end);
  const quote = quoteOf(source).length;
  return source.slice(quote, source.length - quote);
}

/** A word of the problem's data. */
export function word({ data }: Problem, name: string): string | undefined {
  const value = data?.[name];
  return typeof value === 'string' ? value : undefined;
}
