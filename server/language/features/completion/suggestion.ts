import type { CompletionItemKind } from 'vscode-languageserver-types';
import type { Cursor } from '../../cursor/cursor.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import type { Site } from './site.ts';

export interface Suggestion {
  /** The scalar as it means, without quotes. */
  readonly text: string;
  readonly kind: CompletionItemKind;
  /** Suggestions of a lower rank come first; those of one rank in the order they are given. */
  readonly rank: number;
  readonly detail?: string;
  /** Markdown. */
  readonly doc?: string;
  readonly deprecated?: boolean;
  /** What follows a key: its colon and the start of its value. */
  readonly suffix?: string;
  /** More will be asked for right behind it, such as a folder's files. */
  readonly partial?: boolean;
}

export interface Found {
  readonly suggestions: readonly Suggestion[];
  /** False: asking again may give more. */
  readonly complete: boolean;
}

export interface CompletionContext {
  readonly workspace: LanguageWorkspace;
  readonly document: LanguageDocument;
  readonly cursor: Cursor;
  readonly site: Site;
  readonly signal: AbortSignal;
}

export const NOTHING: Found = { suggestions: [], complete: true };

export function all(suggestions: readonly Suggestion[]): Found {
  return { suggestions, complete: true };
}

export function join(...founds: readonly Found[]): Found {
  return {
    suggestions: founds.flatMap(({ suggestions }) => suggestions),
    complete: founds.every(({ complete }) => complete),
  };
}

/** The scalar's text, also behind the cursor. */
export function whole({ document, cursor: { token } }: CompletionContext): string {
  return document.text.slice(token.start, token.end);
}

/** The scalar's text before the cursor, as it is being typed. */
export function typed({ document, cursor }: CompletionContext): string {
  return document.text.slice(cursor.token.start, Math.min(cursor.offset, cursor.token.end));
}
