import { CompletionItemKind } from 'vscode-languageserver-types';
import type { Build, Component, Sandbox } from '../../../sandboxfile/index.ts';
import { buildsOf } from '../names/entity.ts';
import { occurrencesOf, type ComponentKind } from '../names/occurrence.ts';
import { componentsOf, groupNamed, type LocalComponent } from '../names/local.ts';
import { all, NOTHING, whole, type CompletionContext, type Found, type Suggestion } from './suggestion.ts';

/** Scripts that the product or its readers know by name. */
const COMMON_SCRIPTS: readonly (readonly [string, string])[] = [
  ['start', 'runs when no script is named'],
  ['test', 'found by the editor’s tests'],
  ['build', ''],
  ['lint', ''],
  ['dev', ''],
];

/** Components that this one does not need yet and that do not need it. */
export function dependencies(kind: 'sandbox' | 'build') {
  return (context: CompletionContext): Found => {
    const self = keyAt(context, 1);
    const known = componentsOf(context.workspace, context.document, kind);
    const listed = new Set(ownComponent(context)?.dependsOn);
    listed.delete(whole(context));
    const needsSelf = dependents(known, self);
    const candidates = known.filter(
      ({ local }) => local !== self && !needsSelf.has(local) && !listed.has(local),
    );
    return all(
      candidates.map(({ local, component, path }) => ({
        text: local,
        kind: CompletionItemKind.Reference,
        rank: 1,
        detail: path ?? component?.image?.text ?? kind,
      })),
    );
  };
}

/** Components that others of the file name and nobody defines. */
export function missing(kind: ComponentKind) {
  return ({ workspace, document }: CompletionContext): Found => {
    const known = new Set(componentsOf(workspace, document, kind).map(({ local }) => local));
    const wanted = occurrencesOf(document.project).filter(
      (place) => place.role === 'reference' && place.kind === kind && !known.has(place.name),
    );
    return all(
      distinct(wanted.map(({ name }) => suggest(name, CompletionItemKind.Class, 'named in this file'))),
    );
  };
}

export function groups({ workspace, document }: CompletionContext): Found {
  return all(
    componentsOf(workspace, document, 'group').map(({ local, path }) =>
      suggest(local, CompletionItemKind.Module, path ?? 'group'),
    ),
  );
}

export function groupVolumes(context: CompletionContext): Found {
  const group = groupNamed(context.workspace, context.document, keyAt(context, 3));
  return all(
    [...(group?.volumes ?? [])].map(([name, path]) => suggest(name, CompletionItemKind.Folder, path)),
  );
}

/** Artifacts by themselves, and builds whose artifacts are then listed. */
export function imports({ workspace, document }: CompletionContext): Found {
  const builds = buildsOf(workspace, document);
  const artifacts = builds.flatMap(({ local, entity }) =>
    [...(entity.document.project.builds.get(entity.name)?.exports ?? [])].map(([name, path]) =>
      suggest(name, CompletionItemKind.File, `${path} of ${local}`),
    ),
  );
  const names = builds.map(({ local }) => ({
    ...suggest(local, CompletionItemKind.Class, 'build'),
    rank: 2,
  }));
  return all([...distinct(artifacts), ...names]);
}

export function artifactsOfBuild(context: CompletionContext): Found {
  const name = keyAt(context, 3);
  const found = buildsOf(context.workspace, context.document).find(({ local }) => local === name);
  const build: Build | undefined = found?.entity.document.project.builds.get(found.entity.name);
  return all(
    [...(build?.exports ?? [])].map(([artifact, path]) => suggest(artifact, CompletionItemKind.File, path)),
  );
}

/** Artifacts that others of the file import and nobody exports. */
export function exports({ document }: CompletionContext): Found {
  const { builds, sandboxes } = document.project;
  const exported = new Set([...builds.values()].flatMap((build) => [...build.exports.keys()]));
  const wanted = [...sandboxes.values(), ...builds.values()].flatMap((component) =>
    component.imports
      .filter((entry) => entry.kind === 'artifact' && !exported.has(entry.name))
      .map((entry) => suggest(entry.name, CompletionItemKind.File, `imported by ${component.name}`)),
  );
  return all(distinct(wanted));
}

export function scripts({ document }: CompletionContext): Found {
  const others = [...document.project.sandboxes.values()].flatMap((sandbox) =>
    [...sandbox.scripts.keys()].map((name) =>
      suggest(name, CompletionItemKind.Function, `as in ${sandbox.name}`),
    ),
  );
  const common = COMMON_SCRIPTS.map(([name, detail]) => suggest(name, CompletionItemKind.Function, detail));
  return all(distinct([...common, ...others]));
}

/** Variables that other components of the file set, with their values. */
export function environment(context: CompletionContext): Found {
  const { sandboxes, builds } = context.document.project;
  const own = ownComponent(context);
  const mine = new Set(own?.envs.map(({ name }) => name));
  const others = [...sandboxes.values(), ...builds.values()].filter((component) => component !== own);
  return all(
    distinct(
      others.flatMap((component) =>
        component.envs
          .filter(({ name }) => !mine.has(name))
          .map(({ name, value }) =>
            suggest(`${name}=${value}`, CompletionItemKind.Variable, `as in ${component.name}`),
          ),
      ),
    ),
  );
}

export function moduleComponents(context: CompletionContext): Found {
  const module = context.workspace.module(context.document, keyAt(context, 1));
  if (module === undefined) return NOTHING;
  const { sandboxes, builds, groups } = module.project;
  return all(
    distinct(
      [...sandboxes.values(), ...builds.values(), ...groups.values()].map(({ name, kind }) =>
        suggest(name, CompletionItemKind.Class, kind),
      ),
    ),
  );
}

function suggest(text: string, kind: CompletionItemKind, detail: string): Suggestion {
  return { text, kind, rank: 1, ...(detail === '' ? {} : { detail }) };
}

function distinct(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  const seen = new Set<string>();
  return suggestions.filter(({ text }) => !seen.has(text) && seen.add(text));
}

function keyAt({ site }: CompletionContext, index: number): string {
  return site.path[index]?.key ?? '';
}

/** The sandbox or build that the cursor is in. */
export function ownComponent(context: CompletionContext): Sandbox | Build | undefined {
  const { sandboxes, builds } = context.document.project;
  const section = keyAt(context, 0) === 'builds' ? builds : sandboxes;
  return section.get(keyAt(context, 1));
}

/** Names of everything that needs `name`, directly or not. */
function dependents(known: readonly LocalComponent<Component>[], name: string): ReadonlySet<string> {
  const needing = new Map<string, string[]>();
  for (const { local, component, path } of known) {
    // What a module's component needs has other names there.
    for (const needed of path === undefined ? (component?.dependsOn ?? []) : []) {
      const list = needing.get(needed);
      if (list === undefined) needing.set(needed, [local]);
      else list.push(local);
    }
  }
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const other of needing.get(next) ?? []) {
      if (!found.has(other)) open.push(other);
      found.add(other);
    }
  }
  return found;
}
