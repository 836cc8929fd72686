import {
  CompletionItemTag,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
  type CompletionItem,
  type Range,
} from 'vscode-languageserver-types';
import type { Cursor } from '../../cursor/cursor.ts';
import type { LanguageDocument } from '../../document-types.ts';
import { scalar, withinQuotes } from '../scalar.ts';
import type { Site } from './site.ts';
import type { Suggestion } from './suggestion.ts';

/** Opens the suggestions again, for what comes behind a folder or a key. */
const AGAIN = { title: 'Suggest', command: 'editor.action.triggerSuggest' };

export function itemOf(
  document: LanguageDocument,
  cursor: Cursor,
  site: Site,
  suggestion: Suggestion,
  index: number,
): CompletionItem {
  const { text, kind, rank, detail, doc, deprecated, suffix, partial } = suggestion;
  const written = cursor.quote === '' ? scalar(text, cursor.flow) : withinQuotes(text, cursor.quote);
  const newText = site.lead + written + (suffix ?? '');
  return {
    label: text,
    kind,
    sortText: `${String(rank)}${String(index).padStart(4, '0')}`,
    filterText: text,
    insertTextFormat: InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.asIs,
    textEdit: { range: tokenRange(document, cursor), newText },
    ...(detail === undefined ? {} : { detail }),
    ...(doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
    ...(deprecated === true ? { tags: [CompletionItemTag.Deprecated] } : {}),
    ...(partial === true ? { command: AGAIN } : {}),
  };
}

/** Of a scalar on several lines, only what stands in the cursor's: editors take no more. */
function tokenRange({ lines }: LanguageDocument, { token, offset }: Cursor): Range {
  const { start, end } = lines.rangeOf(token);
  // A cursor on the opening quote stands before what is in the quotes.
  const at = lines.positionAt(Math.max(offset, token.start));
  return {
    start: start.line === at.line ? start : { line: at.line, character: 0 },
    end: end.line === at.line ? end : at,
  };
}
