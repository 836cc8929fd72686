// What a component needs, and what needs it, as calls.

import {
  SymbolKind,
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type Position,
} from 'vscode-languageserver-types';
import type { Build, Sandbox } from '../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { components, entitiesOf, type Entity } from './names/entity.ts';
import { occurrenceAt } from './names/occurrence.ts';
import { placesOf } from './names/places.ts';
import { entrySpan } from './spans.ts';

export function prepareCallHierarchy(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
): readonly CallHierarchyItem[] {
  const occurrence = occurrenceAt(document.project, document.lines.offsetAt(position));
  if (occurrence === undefined) return [];
  return entitiesOf(workspace, document, occurrence).flatMap(itemOf);
}

/** What needs the item. */
export function incomingCalls(
  workspace: LanguageWorkspace,
  item: CallHierarchyItem,
): readonly CallHierarchyIncomingCall[] {
  const entity = entityOf(workspace, item);
  if (entity === undefined) return [];
  return placesOf(workspace, [entity]).flatMap(({ document, occurrence }) => {
    if (occurrence.role !== 'reference') return [];
    const caller = [...document.project.sandboxes.values(), ...document.project.builds.values()].find(
      ({ fields }) => fields.depends_on?.value?.some(({ span }) => span.start === occurrence.span.start),
    );
    if (caller === undefined) return [];
    const from = itemOf({ document, kind: caller.kind, name: caller.name, owner: undefined });
    return from.map((from) => ({ from, fromRanges: [document.lines.rangeOf(occurrence.span)] }));
  });
}

/** What the item needs. */
export function outgoingCalls(
  workspace: LanguageWorkspace,
  item: CallHierarchyItem,
): readonly CallHierarchyOutgoingCall[] {
  const entity = entityOf(workspace, item);
  const component = entity === undefined ? undefined : componentOf(entity);
  if (entity === undefined || component === undefined) return [];
  const { document } = entity;
  return (component.fields.depends_on?.value ?? []).flatMap(({ value, span }) =>
    components(workspace, document, component.kind, value)
      .flatMap(itemOf)
      .map((to) => ({ to, fromRanges: [document.lines.rangeOf(span)] })),
  );
}

function itemOf(entity: Entity): readonly CallHierarchyItem[] {
  const component = componentOf(entity);
  if (component === undefined) return [];
  const { lines, text, uri } = entity.document;
  const { name, value } = component.place;
  return [
    {
      name: component.name,
      kind: component.kind === 'sandbox' ? SymbolKind.Class : SymbolKind.Interface,
      detail: component.kind,
      uri,
      range: lines.rangeOf(entrySpan(text, name, value)),
      selectionRange: lines.rangeOf(name),
      data: { kind: component.kind },
    },
  ];
}

/** The client gives an item back; its file may have changed since. */
function entityOf(workspace: LanguageWorkspace, { uri, name, data }: CallHierarchyItem): Entity | undefined {
  const { kind } = (data ?? {}) as { readonly kind?: unknown };
  if (kind !== 'sandbox' && kind !== 'build') return undefined;
  for (const document of workspace.documents()) {
    if (document.uri === uri) return { document, kind, name, owner: undefined };
  }
  return undefined;
}

function componentOf({ document, kind, name }: Entity): Sandbox | Build | undefined {
  if (kind === 'sandbox') return document.project.sandboxes.get(name);
  return kind === 'build' ? document.project.builds.get(name) : undefined;
}
