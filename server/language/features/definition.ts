import type { LocationLink, Position } from 'vscode-languageserver-types';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { anchorsAt } from './anchors.ts';
import { entitiesOf, type Entity } from './names/entity.ts';
import { occurrenceAt, occurrencesOf, type Occurrence } from './names/occurrence.ts';

/** Where the name, module or alias under the cursor is defined. */
export function definition(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
): readonly LocationLink[] {
  const offset = document.lines.offsetAt(position);
  const anchors = anchorsAt(document.text, offset);
  if (anchors !== undefined) {
    return anchors.definition === undefined
      ? []
      : [link(document, anchors.here, document, anchors.definition)];
  }
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined) return [];
  if (occurrence.role === 'module') {
    const module = workspace.module(document, occurrence.name);
    return module === undefined ? [] : [link(document, occurrence.span, module, { start: 0, end: 0 })];
  }
  return entitiesOf(workspace, document, occurrence).flatMap((entity) => {
    const target = definitionOf(entity);
    return target === undefined ? [] : [link(document, occurrence.span, entity.document, target.span)];
  });
}

/** Where an entity is defined; undefined when its file does not have it. */
export function definitionOf(entity: Entity): Occurrence | undefined {
  return occurrencesOf(entity.document.project).find(
    (occurrence) =>
      occurrence.role === 'definition' &&
      occurrence.kind === entity.kind &&
      occurrence.name === entity.name &&
      occurrence.owner?.name === entity.owner?.name &&
      occurrence.owner?.kind === entity.owner?.kind,
  );
}

function link(
  from: LanguageDocument,
  origin: Occurrence['span'],
  to: LanguageDocument,
  target: Occurrence['span'],
): LocationLink {
  const range = to.lines.rangeOf(target);
  return {
    originSelectionRange: from.lines.rangeOf(origin),
    targetUri: to.uri,
    targetRange: range,
    targetSelectionRange: range,
  };
}
