import { CompletionItemKind } from 'vscode-languageserver-types';
import type { KeyDescription, RecordShape } from '../../../sandboxfile/index.ts';
import { siblingKeys } from '../../cursor/siblings.ts';
import { asList, asText } from '../../cursor/shape.ts';
import { keyDoc } from '../key-doc.ts';
import { matchingSource } from './pattern.ts';
import { STEP, type KeySite } from './site.ts';
import { KEY_SOURCES } from './sources.ts';
import { NOTHING, type CompletionContext, type Found, type Suggestion } from './suggestion.ts';

/** Keys that are not there yet. */
export async function keySuggestions(context: CompletionContext, site: KeySite): Promise<Found> {
  const { document, cursor } = context;
  const below = site.lead.startsWith('\n');
  const taken = below ? new Set<string>() : siblingKeys(document.text, cursor);
  const found =
    site.shape.kind === 'record'
      ? { suggestions: recordKeys(site.shape), complete: true }
      : ((await matchingSource(KEY_SOURCES, site.path)?.(context)) ?? NOTHING);
  const suggestions = found.suggestions
    .filter(({ text }) => !taken.has(text))
    .map((suggestion) => ({ ...suggestion, suffix: suffix(context, site, suggestion) }));
  return { ...found, suggestions };
}

function recordKeys({ keys }: RecordShape): readonly Suggestion[] {
  return Object.entries(keys).map(([text, key]) => ({
    text,
    kind: CompletionItemKind.Property,
    rank: rankOf(key),
    detail: key.shape.wanted,
    doc: keyDoc(text, key),
    deprecated: key.deprecated !== undefined,
  }));
}

function rankOf({ required, deprecated }: KeyDescription): number {
  return required === true ? 0 : deprecated === undefined ? 1 : 9;
}

/** Colon, and what a value of this kind starts with. */
function suffix({ cursor }: CompletionContext, site: KeySite, { text }: Suggestion): string {
  if (cursor.colon || cursor.quote !== '') return '';
  if (cursor.flow) return ': ';
  const shape = site.shape.kind === 'record' ? site.shape.keys[text]?.shape : site.shape.value;
  const line = `:\n${' '.repeat(site.column + STEP)}`;
  if (shape === undefined || shape.kind === 'any') return ': ';
  if (asList(shape) !== undefined) return `${line}- `;
  return asText(shape) === undefined ? line : ': ';
}
