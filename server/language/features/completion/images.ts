import { CompletionItemKind } from 'vscode-languageserver-types';
import { BUILTIN_IMAGES } from '../../../sandboxfile/index.ts';
import type { LanguageDocument } from '../../document-types.ts';
import type { Suggestions } from '../../providers.ts';
import { answer } from '../answer.ts';
import { files } from './paths.ts';
import {
  all,
  join,
  NOTHING,
  typed,
  type CompletionContext,
  type Found,
  type Suggestion,
} from './suggestion.ts';

/** Of all files; each key asks for them. */
const MAX_USED = 200;

/** Names, then, behind a colon, tags; paths behind a dot or slash. */
export async function images(context: CompletionContext): Promise<Found> {
  const prefix = typed(context);
  if (prefix.startsWith('.') || prefix.startsWith('/')) return files(context);
  if (prefix.includes('@')) return NOTHING;
  const colon = prefix.indexOf(':', prefix.lastIndexOf('/') + 1);
  if (colon < 0) return join(all([...usedHere(context), ...builtin()]), await names(context, prefix));
  const name = prefix.slice(0, colon);
  if (name === 'builtin') return all(builtin());
  const used = usedHere(context).filter(({ text }) => text.startsWith(`${name}:`));
  const found = join(all(used), await tags(context, name));
  // Without an answer there is what a name without a tag means.
  return found.suggestions.length > 0 ? found : { ...found, suggestions: [latest(name)] };
}

function latest(name: string): Suggestion {
  const detail = 'the tag that is meant without one';
  return { text: `${name}:latest`, kind: CompletionItemKind.Constant, rank: 4, detail };
}

function builtin(): readonly Suggestion[] {
  return BUILTIN_IMAGES.map((name) => ({
    text: `builtin:${name}`,
    kind: CompletionItemKind.Constant,
    rank: 3,
    detail: 'comes with the product, works offline',
  }));
}

/** Images of other components, those of this file first. */
function usedHere({ workspace, document, site }: CompletionContext): readonly Suggestion[] {
  const self = site.path[1]?.key;
  const known = new Map<string, string>();
  for (const text of imagesOf(document, self)) known.set(text, 'used in this file');
  for (const other of workspace.documents()) {
    if (other.uri === document.uri) continue;
    for (const text of imagesOf(other)) {
      if (known.size < MAX_USED && !known.has(text)) known.set(text, `used in ${nameOf(other)}`);
    }
  }
  return [...known].map(([text, detail]) => ({ text, kind: CompletionItemKind.Constant, rank: 1, detail }));
}

function imagesOf({ project }: LanguageDocument, but?: string): readonly string[] {
  return [...project.sandboxes.values(), ...project.builds.values()].flatMap(({ name, image }) =>
    image?.kind === 'reference' && name !== but ? [image.text] : [],
  );
}

function nameOf({ path, uri }: LanguageDocument): string {
  return /[^/\\]*$/.exec(path === '' ? uri : path)?.[0] ?? '';
}

async function names({ workspace, signal }: CompletionContext, prefix: string): Promise<Found> {
  const { images } = workspace.providers;
  if (images === undefined) return NOTHING;
  const found = await answer((limit) => images.names(prefix, limit), signal);
  return fromProvider(found, (name) => ({ text: name, kind: CompletionItemKind.Constant, rank: 2 }));
}

async function tags({ workspace, signal }: CompletionContext, name: string): Promise<Found> {
  const { images } = workspace.providers;
  if (images === undefined) return NOTHING;
  const found = await answer((limit) => images.tags(name, limit), signal);
  return fromProvider(found, (tag) => ({
    text: `${name}:${tag}`,
    kind: CompletionItemKind.Constant,
    rank: 2,
  }));
}

function fromProvider(found: Suggestions | undefined, suggest: (text: string) => Suggestion): Found {
  if (found === undefined) return { suggestions: [], complete: false };
  return { suggestions: found.items.map(suggest), complete: found.complete };
}
