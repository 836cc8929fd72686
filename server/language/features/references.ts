import type { Location, Position } from 'vscode-languageserver-types';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { anchorsAt } from './anchors.ts';
import { entitiesOf } from './names/entity.ts';
import { occurrenceAt, occurrencesOf } from './names/occurrence.ts';
import { placesOf } from './names/places.ts';

/** Everywhere the thing under the cursor is named, in all files that can name it. */
export function references(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
  includeDeclaration: boolean,
): readonly Location[] {
  const offset = document.lines.offsetAt(position);
  const anchors = anchorsAt(document.text, offset);
  if (anchors !== undefined) {
    const declared = includeDeclaration && anchors.definition !== undefined ? [anchors.definition] : [];
    return [...declared, ...anchors.aliases].map((span) => location(document, span));
  }
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined) return [];
  if (occurrence.role === 'module') return importsOf(workspace, document, occurrence.name);
  return placesOf(workspace, entitiesOf(workspace, document, occurrence))
    .filter((place) => includeDeclaration || place.occurrence.role !== 'definition')
    .map((place) => location(place.document, place.occurrence.span));
}

/** Everywhere a file is imported. */
function importsOf(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  path: string,
): readonly Location[] {
  const module = workspace.module(document, path);
  const importers = module === undefined ? [{ document, path }] : [...workspace.importers(module)];
  return importers.flatMap((importer) =>
    occurrencesOf(importer.document.project)
      .filter(({ role, name }) => role === 'module' && name === importer.path)
      .map(({ span }) => location(importer.document, span)),
  );
}

function location(document: LanguageDocument, span: { start: number; end: number }): Location {
  return { uri: document.uri, range: document.lines.rangeOf(span) };
}
