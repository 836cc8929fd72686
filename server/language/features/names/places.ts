import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import { entitiesOf, entityKey, type Entity } from './entity.ts';
import { occurrencesOf, type Occurrence } from './occurrence.ts';

/** Where an entity is named, in one of the files that can name it. */
export interface NamedPlace {
  readonly document: LanguageDocument;
  readonly occurrence: Occurrence;
}

/** Every place that names one of the entities: their own files first, then those that import them. */
export function placesOf(workspace: LanguageWorkspace, entities: readonly Entity[]): readonly NamedPlace[] {
  const documents = new Set(entities.map(({ document }) => document));
  for (const { document } of entities) {
    for (const importer of workspace.importers(document)) documents.add(importer.document);
  }
  return [...documents].flatMap((document) =>
    placesIn(workspace, document, entities).map((occurrence) => ({ document, occurrence })),
  );
}

/** The places of one file, in file order. */
export function placesIn(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  entities: readonly Entity[],
): readonly Occurrence[] {
  const wanted = new Set(entities.map(entityKey));
  // Asking what a name means costs more than a look at it.
  const names = new Set(entities.map(({ name }) => name));
  for (const { name, component } of document.project.modules) names.add(name).add(component);
  return occurrencesOf(document.project).filter(
    (occurrence) =>
      names.has(occurrence.name) &&
      entitiesOf(workspace, document, occurrence).some((entity) => wanted.has(entityKey(entity))),
  );
}
