import { CompletionItemKind } from 'vscode-languageserver-types';
import { matchingSource } from './pattern.ts';
import type { ValueSite } from './site.ts';
import { VALUE_SOURCES } from './sources.ts';
import { all, join, NOTHING, type CompletionContext, type Found, type Suggestion } from './suggestion.ts';

export async function valueSuggestions(context: CompletionContext, site: ValueSite): Promise<Found> {
  const found = (await matchingSource(VALUE_SOURCES, site.path)?.(context)) ?? NOTHING;
  // Examples are no answer to a question that has none yet.
  const isOpen = found.suggestions.length > 0 || !found.complete;
  return isOpen ? found : join(found, all(fromSchema(site)));
}

/** Where nobody knows what is there, the schema says what could be. */
function fromSchema({ shape, key }: ValueSite): readonly Suggestion[] {
  const { words = [], examples = [] } = shape;
  const values = new Set([...words, ...(key?.default === undefined ? [] : [key.default]), ...examples]);
  return [...values].map((text) => {
    const isWord = words.includes(text);
    return {
      text,
      kind: isWord ? CompletionItemKind.EnumMember : CompletionItemKind.Value,
      rank: isWord ? 2 : 7,
      ...(text === key?.default ? { detail: 'default' } : isWord ? {} : { detail: 'example' }),
    };
  });
}
