import type { CompletionList, Position } from 'vscode-languageserver-types';
import { cursorAt } from '../cursor/cursor.ts';
import { settle } from '../cursor/settle.ts';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { itemOf } from './completion/item.ts';
import { keySuggestions } from './completion/keys.ts';
import { sitesOf } from './completion/site.ts';
import type { Found } from './completion/suggestion.ts';
import { valueSuggestions } from './completion/values.ts';

/** More help nobody and cost each keystroke; the list says so and is asked for again. */
const MAX_ITEMS = 500;

export async function completion(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
  signal: AbortSignal,
): Promise<CompletionList> {
  const { text } = document;
  const cursor = settle(text, cursorAt(text, document.lines.offsetAt(position)));
  const items = [];
  let isIncomplete = false;
  for (const site of sitesOf(text, cursor)) {
    const context = { workspace, document, cursor, site, signal };
    const found: Found =
      site.kind === 'keys' ? await keySuggestions(context, site) : await valueSuggestions(context, site);
    isIncomplete ||= !found.complete || found.suggestions.length > MAX_ITEMS;
    for (const suggestion of found.suggestions.slice(0, MAX_ITEMS)) {
      items.push(itemOf(document, cursor, site, suggestion, items.length));
    }
  }
  return { isIncomplete, items };
}
