import type { Build, Group, Sandbox } from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import { components } from './entity.ts';

interface Kinds {
  readonly sandbox: Sandbox;
  readonly build: Build;
  readonly group: Group;
}

/** A component as one file sees it. */
export interface LocalComponent<C> {
  /** Its name in this file. */
  readonly local: string;
  /** Undefined when its module is not known. */
  readonly component: C | undefined;
  /** Module that brings it. */
  readonly path: string | undefined;
}

/** All components of a kind that a file can name: its own, then those of its modules. */
export function componentsOf<K extends keyof Kinds>(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  kind: K,
): readonly LocalComponent<Kinds[K]>[] {
  const own = section(document, kind);
  const brought = document.project.modules
    .filter(({ name }) => !own.has(name))
    .flatMap(({ name, path }) =>
      components(workspace, document, kind, name).map((entity) => ({
        local: name,
        component: entity.kind === kind ? section(entity.document, kind).get(entity.name) : undefined,
        path,
      })),
    );
  const mine = [...own].map(([local, component]) => ({ local, component, path: undefined }));
  return [...mine, ...brought];
}

export function groupNamed(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  name: string,
): Group | undefined {
  return componentsOf(workspace, document, 'group').find(({ local }) => local === name)?.component;
}

function section<K extends keyof Kinds>(document: LanguageDocument, kind: K): ReadonlyMap<string, Kinds[K]> {
  const { sandboxes, builds, groups } = document.project;
  const sections: { readonly [N in keyof Kinds]: ReadonlyMap<string, Kinds[N]> } = {
    sandbox: sandboxes,
    build: builds,
    group: groups,
  };
  return sections[kind];
}
