import { CompletionItemKind } from 'vscode-languageserver-types';
import { BUILTIN_IMAGES } from '../../../sandboxfile/index.ts';
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
  return join(all(used), await tags(context, name));
}

function builtin(): readonly Suggestion[] {
  return BUILTIN_IMAGES.map((name) => ({
    text: `builtin:${name}`,
    kind: CompletionItemKind.Constant,
    rank: 3,
    detail: 'comes with the product, works offline',
  }));
}

/** Images of other components. */
function usedHere({ document, site }: CompletionContext): readonly Suggestion[] {
  const { sandboxes, builds } = document.project;
  const self = site.path[1]?.key;
  const others = [...sandboxes.values(), ...builds.values()].filter(({ name }) => name !== self);
  const texts = new Set(others.flatMap(({ image }) => (image?.kind === 'reference' ? [image.text] : [])));
  return [...texts].map((text) => ({
    text,
    kind: CompletionItemKind.Constant,
    rank: 1,
    detail: 'used in this file',
  }));
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
