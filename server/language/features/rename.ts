import type { Position, Range, WorkspaceEdit } from 'vscode-languageserver-types';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { cursorAt } from '../cursor/cursor.ts';
import { anchorsAt } from './anchors.ts';
import { definitionOf } from './definition.ts';
import { EditSet } from './edit-set.ts';
import { entitiesOf } from './names/entity.ts';
import { occurrenceAt, type Occurrence } from './names/occurrence.ts';
import { localName, renamePlan } from './names/rename-plan.ts';
import { quoteOf, scalarLike } from './scalar.ts';
import { entrySpan } from './spans.ts';

/** Why a rename is refused, for the user. */
export class RenameRefused extends Error {}

export interface RenameTarget {
  readonly range: Range;
  readonly placeholder: string;
}

/** The name that would be renamed, without its quotes; undefined where there is none. */
export function prepareRename(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
): RenameTarget | undefined {
  const offset = document.lines.offsetAt(position);
  const anchors = anchorsAt(document.text, offset);
  if (anchors !== undefined) {
    return { range: document.lines.rangeOf(anchors.here), placeholder: anchors.name };
  }
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined || !isKnown(workspace, document, occurrence)) return undefined;
  const { start, end } = occurrence.span;
  const quote = quoteOf(document.text.slice(start, end)) === '' ? 0 : 1;
  const range = document.lines.rangeOf({ start: start + quote, end: end - quote });
  return { range, placeholder: occurrence.name };
}

/** Renames in all files that name it; throws RenameRefused when the result would not mean the same. */
export function rename(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
  newName: string,
): WorkspaceEdit | undefined {
  const offset = document.lines.offsetAt(position);
  const edits = new EditSet();
  const anchors = anchorsAt(document.text, offset);
  if (anchors !== undefined) {
    if (!/^[^\s,[\]{}]+$/.test(newName)) throw new RenameRefused(`'${newName}' is no name for an anchor`);
    for (const span of [
      ...(anchors.definition === undefined ? [] : [anchors.definition]),
      ...anchors.aliases,
    ]) {
      edits.replace(document, span, newName);
    }
    return edits.workspaceEdit();
  }
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined || !isKnown(workspace, document, occurrence)) return undefined;
  const plan = renamePlan(workspace, document, occurrence, newName);
  if (!plan.ok) throw new RenameRefused(plan.reason);
  for (const { document: where, occurrence } of plan.places) {
    const source = where.text.slice(occurrence.span.start, occurrence.span.end);
    // What is safe within brackets is safe anywhere.
    edits.replace(where, occurrence.span, scalarLike(source, newName, true));
  }
  for (const { document: where, occurrence } of plan.copies) {
    const at = { start: occurrence.span.start, end: occurrence.span.start };
    edits.replace(where, at, importBefore(where, occurrence, newName));
  }
  return edits.workspaceEdit();
}

/** What nothing known defines cannot be renamed everywhere. */
function isKnown(workspace: LanguageWorkspace, document: LanguageDocument, occurrence: Occurrence): boolean {
  if (localName(document, occurrence) !== undefined) return true;
  const entities = entitiesOf(workspace, document, occurrence);
  return entities.length > 0 && entities.every((entity) => definitionOf(entity) !== undefined);
}

/** The entry of an import once more, under another name, with what separates it from the old one. */
function importBefore(
  { text, lines, project }: LanguageDocument,
  { span }: Occurrence,
  name: string,
): string {
  const modules = [...(project.fields.modules?.value?.values() ?? [])];
  const entry = modules
    .flatMap(({ value }) => [...(value?.values() ?? [])])
    .find(({ key }) => key.start === span.start);
  const whole = entry === undefined ? span : entrySpan(text, span, entry.span);
  const { flow } = cursorAt(text, span.start);
  const rest = text.slice(span.end, whole.end) || (flow ? ': ' : ':');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const next = flow ? ', ' : `${eol}${' '.repeat(lines.positionAt(span.start).character)}`;
  return `${scalarLike(text.slice(span.start, span.end), name, true)}${rest}${next}`;
}
