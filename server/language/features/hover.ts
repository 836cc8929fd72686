import { MarkupKind, type Hover, type Position } from 'vscode-languageserver-types';
import type { Span } from '../../sandboxfile/index.ts';
import { cursorAt, type Cursor } from '../cursor/cursor.ts';
import { asMap, describe } from '../cursor/shape.ts';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { componentCard, moduleCard } from './hover/component-card.ts';
import { resolvedValue } from './hover/resolved.ts';
import { keyDoc } from './key-doc.ts';
import { entitiesOf } from './names/entity.ts';
import { occurrenceAt } from './names/occurrence.ts';

/** What the key under the cursor is for and what it comes to; what the name under it stands for. */
export async function hover(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
  signal: AbortSignal,
): Promise<Hover | undefined> {
  const offset = document.lines.offsetAt(position);
  const cursor = cursorAt(document.text, offset);
  if (cursor.place === 'comment' || cursor.place === 'block') return undefined;
  const named = nameHover(workspace, document, offset);
  if (named !== undefined) return named;
  const subject = subjectOf(document.text, cursor);
  if (subject === undefined) return undefined;
  const parts = [subject.doc];
  const resolved = await resolvedValue({ workspace, document, signal }, subject.path, offset);
  if (resolved !== undefined) parts.unshift(resolved);
  return markdown(document, subject.span, parts);
}

function nameHover(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  offset: number,
): Hover | undefined {
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined) return undefined;
  if (occurrence.role === 'module') {
    const module = workspace.module(document, occurrence.name);
    const card = module && moduleCard(module);
    return card === undefined ? undefined : markdown(document, occurrence.span, [card]);
  }
  const cards = entitiesOf(workspace, document, occurrence).flatMap((entity) => {
    const card = componentCard(workspace, document, entity);
    return card === undefined ? [] : [card];
  });
  return cards.length === 0 ? undefined : markdown(document, occurrence.span, [cards.join('\n\n---\n\n')]);
}

interface Subject {
  readonly path: readonly string[];
  readonly span: Span;
  readonly doc: string;
}

/** The key under the cursor, or the one whose value is. */
function subjectOf(text: string, cursor: Cursor): Subject | undefined {
  const token = cursor.token;
  const name = text.slice(token.start, token.end);
  if (token.start === token.end) return undefined;
  const isKey = cursor.place === 'key' || (cursor.place === 'entry' && isMapEntry(cursor));
  const path = isKey ? [...cursor.path, { key: name, span: token }] : [...cursor.path];
  // A list's item belongs to the list's key.
  while (path.length > 0 && path.at(-1)?.key === undefined) path.pop();
  const described = describe(path);
  const last = path.at(-1);
  if (described?.key === undefined || last?.key === undefined) return undefined;
  return {
    path: path.map(({ key }) => key ?? ''),
    span: token,
    doc: `**${last.key}**: ${keyDoc(last.key, described.key)}`,
  };
}

function isMapEntry({ path }: Cursor): boolean {
  const shape = describe(path)?.shape;
  return shape !== undefined && asMap(shape) !== undefined;
}

function markdown(document: LanguageDocument, span: Span, parts: readonly string[]): Hover {
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.join('\n\n') },
    range: document.lines.rangeOf(span),
  };
}
