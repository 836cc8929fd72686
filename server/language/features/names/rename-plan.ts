import { componentName, scriptName } from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import { entitiesOf, type Entity } from './entity.ts';
import { occurrencesOf, type Occurrence } from './occurrence.ts';
import { placesIn, placesOf, type NamedPlace } from './places.ts';

export type RenamePlan =
  | {
      readonly ok: true;
      readonly places: readonly NamedPlace[];
      /** Imports that stay for what keeps the old name, and are repeated with the new one. */
      readonly copies: readonly NamedPlace[];
    }
  | { readonly ok: false; readonly reason: string };

/**
 * The places that change when the thing at `occurrence` gets a new name. A component that a module
 * brings under another name has two: here that one is renamed, in its own file the other.
 */
export function renamePlan(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  occurrence: Occurrence,
  newName: string,
): RenamePlan {
  const fault = nameFault(occurrence, newName);
  if (fault !== undefined) return refuse(fault);
  const entities = entitiesOf(workspace, document, occurrence);
  const local = localName(document, occurrence);
  const named =
    local === undefined
      ? globalPlaces(workspace, entities)
      : placesIn(workspace, document, entities)
          .filter(({ role, name }) => role !== 'import' && name === local)
          .map((place) => ({ document, occurrence: place }));
  if (named.some((place) => place.occurrence.name === newName)) return { ok: true, places: [], copies: [] };
  const conflict = conflictOf(named, newName) ?? outsideOf(workspace, named);
  if (conflict !== undefined) return refuse(conflict);
  const isCopied = ({ occurrence: { role } }: NamedPlace) => role === 'import' && sharesName(entities);
  return {
    ok: true,
    places: named.filter((place) => !isCopied(place)),
    copies: named.filter(isCopied),
  };
}

/** The other name of a module's component, if that is what stands here. */
export function localName(document: LanguageDocument, occurrence: Occurrence): string | undefined {
  if (occurrence.role === 'alias') return occurrence.name;
  if (occurrence.role !== 'reference') return undefined;
  const mapping = document.project.modules.find(({ name }) => name === occurrence.name);
  const own = occurrencesOf(document.project).some(
    ({ role, name }) => role === 'definition' && name === occurrence.name,
  );
  return mapping === undefined || own || mapping.component === mapping.name ? undefined : mapping.name;
}

function globalPlaces(workspace: LanguageWorkspace, entities: readonly Entity[]): readonly NamedPlace[] {
  const names = new Set(entities.map(({ name }) => name));
  return placesOf(workspace, entities).filter(
    ({ occurrence }) => occurrence.role !== 'alias' && names.has(occurrence.name),
  );
}

/** Whether their file has something of another kind by the same name, which imports bring too. */
function sharesName(entities: readonly Entity[]): boolean {
  const [first] = entities;
  if (first === undefined || first.owner !== undefined) return false;
  const { sandboxes, builds, groups } = first.document.project;
  const all = [sandboxes, builds, groups].filter((components) => components.has(first.name));
  return all.length > entities.length;
}

/** Files that are not the user's to change here are left alone. */
function outsideOf(workspace: LanguageWorkspace, places: readonly NamedPlace[]): string | undefined {
  const place = places.find(({ document }) => !workspace.mayEdit(document));
  return place && `it is named in ${place.document.path}, outside of the workspace`;
}

function nameFault(occurrence: Occurrence, newName: string): string | undefined {
  const kind = 'kind' in occurrence ? occurrence.kind : 'sandbox';
  if (kind === 'artifact' || kind === 'volume')
    return newName === '' ? 'a name must not be empty' : undefined;
  const parsed = kind === 'script' ? scriptName(newName) : componentName(newName);
  return parsed.ok ? undefined : parsed.fault.message;
}

/** Names must stay distinct in each file and section. */
function conflictOf(places: readonly NamedPlace[], newName: string): string | undefined {
  for (const { document, occurrence } of places) {
    const taken = occurrencesOf(document.project).some((other) => clashes(occurrence, other, newName));
    if (taken) return `'${newName}' exists already in ${document.path === '' ? document.uri : document.path}`;
  }
  return undefined;
}

function clashes(place: Occurrence, other: Occurrence, newName: string): boolean {
  const isLocalName = place.role === 'alias' || (place.role === 'import' && place.local === place.name);
  if (isLocalName) {
    const local = other.role === 'import' ? other.local : other.name;
    const component = other.role === 'definition' && other.owner === undefined;
    return (component || other.role === 'import') && local === newName;
  }
  if (place.role !== 'definition') return false;
  if (place.owner === undefined && other.role === 'import') return other.local === newName;
  return (
    other.role === 'definition' &&
    other.name === newName &&
    other.kind === place.kind &&
    other.owner?.kind === place.owner?.kind &&
    other.owner?.name === place.owner?.name
  );
}

function refuse(reason: string): RenamePlan {
  return { ok: false, reason };
}
