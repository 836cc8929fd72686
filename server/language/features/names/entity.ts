// What a name means across files: the component, artifact, volume or script that is called so.

import type { Project } from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import type { ComponentKind, NameKind, Occurrence, Owner } from './occurrence.ts';

export interface Entity {
  /** The file that defines it, or, when that is not known, the file that imports it. */
  readonly document: LanguageDocument;
  readonly kind: NameKind | 'unknown';
  readonly name: string;
  readonly owner: Owner | undefined;
}

const SECTIONS = { sandbox: 'sandboxes', build: 'builds', group: 'groups' } as const;
const KINDS = ['sandbox', 'build', 'group'] as const;

/** Several when a module's component has several kinds; none for a name that nothing defines. */
export function entitiesOf(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  occurrence: Occurrence,
): readonly Entity[] {
  switch (occurrence.role) {
    case 'module':
      return [];
    case 'import':
      return imported(workspace, document, occurrence.path, occurrence.name);
    case 'alias':
      return imported(workspace, document, occurrence.path, occurrence.component);
    case 'definition':
      return [{ document, kind: occurrence.kind, name: occurrence.name, owner: occurrence.owner }];
    case 'reference':
      return referenced(workspace, document, occurrence.kind, occurrence.name, occurrence.owner);
  }
}

export function entityKey({ document, kind, name, owner }: Entity): string {
  return JSON.stringify([document.uri, kind, owner?.kind, owner?.name, name]);
}

function referenced(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  kind: NameKind,
  name: string,
  owner: Owner | undefined,
): readonly Entity[] {
  if (kind === 'sandbox' || kind === 'build' || kind === 'group') {
    return components(workspace, document, kind, name);
  }
  if (owner === undefined) return exported(workspace, document, name);
  return components(workspace, document, owner.kind, owner.name)
    .filter((entity) => entity.kind === owner.kind)
    .map((entity) => ({
      document: entity.document,
      kind,
      name,
      owner: { kind: owner.kind, name: entity.name },
    }));
}

/** Components of one kind that a file calls `name`. */
export function components(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  kind: ComponentKind,
  name: string,
): readonly Entity[] {
  if (document.project[SECTIONS[kind]].has(name)) return [{ document, kind, name, owner: undefined }];
  return document.project.modules
    .filter((mapping) => mapping.name === name)
    .flatMap((mapping) => imported(workspace, document, mapping.path, mapping.component))
    .filter((entity) => entity.kind === kind || entity.kind === 'unknown');
}

/** Builds that a file can name, its own first. */
export function buildsOf(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
): readonly { readonly local: string; readonly entity: Entity }[] {
  const own = [...document.project.builds.keys()].map((name) => ({
    local: name,
    entity: { document, kind: 'build', name, owner: undefined } satisfies Entity,
  }));
  const brought = document.project.modules.flatMap((mapping) =>
    imported(workspace, document, mapping.path, mapping.component)
      .filter(({ kind }) => kind === 'build')
      .map((entity) => ({ local: mapping.name, entity })),
  );
  return [...own, ...brought];
}

function imported(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  path: string,
  name: string,
): readonly Entity[] {
  const module = workspace.module(document, path);
  const found = KINDS.filter((kind) => module?.project[SECTIONS[kind]].has(name) === true);
  if (module !== undefined && found.length > 0) {
    return found.map((kind) => ({ document: module, kind, name, owner: undefined }));
  }
  return [{ document, kind: 'unknown', name: `${path}/${name}`, owner: undefined }];
}

function exported(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  artifact: string,
): readonly Entity[] {
  return buildsOf(workspace, document)
    .filter(({ entity }) => projectOf(entity).builds.get(entity.name)?.exports.has(artifact) === true)
    .map(({ entity }) => ({
      document: entity.document,
      kind: 'artifact',
      name: artifact,
      owner: { kind: 'build', name: entity.name },
    }));
}

function projectOf(entity: Entity): Project {
  return entity.document.project;
}
