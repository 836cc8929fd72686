// A component refers to others by the names of its own file. In the project that imports it those may
// have other names, or not be there at all.

import { quote } from '../grammars/grammar.ts';
import type { Build, Group, Import, ModuleImport, Project, Sandbox } from '../model.ts';
import type { ProblemId } from '../problem.ts';
import type { ProblemList } from '../problem-list.ts';

type AnyComponent = Sandbox | Build | Group;

/** Names that a project has given to components, wherever they were written. */
export class LocalNames {
  readonly #names = new Map<string, string>();

  constructor(
    own: Project,
    adopted: readonly { readonly component: AnyComponent; readonly mapping: ModuleImport }[],
  ) {
    for (const components of [own.sandboxes, own.builds, own.groups]) {
      for (const component of components.values()) this.#add(component, component.name);
    }
    for (const { component, mapping } of adopted) this.#add(component, mapping.name);
  }

  of(component: AnyComponent): string | undefined {
    return this.#names.get(identity(component));
  }

  #add(component: AnyComponent, name: string): void {
    const key = identity(component);
    if (!this.#names.has(key)) this.#names.set(key, name);
  }
}

/** `component` under its new name, with its references in the importing project's names. */
export function translate(
  component: AnyComponent,
  module: Project,
  mapping: ModuleImport,
  names: LocalNames,
  problems: ProblemList,
): AnyComponent {
  if (component.kind === 'group') return { ...component, name: mapping.name };
  const rename = (id: ProblemId, kind: string, all: ReadonlyMap<string, AnyComponent>, name: string) => {
    const target = all.get(name);
    const local = target === undefined ? undefined : names.of(target);
    if (local !== undefined) return local;
    const message = `'${quote(mapping.name)}' needs ${kind} '${quote(name)}' of '${quote(mapping.path)}', which is not imported`;
    problems.report(id, mapping.place.component, message, { data: { name } });
    // No component can have this name: it holds a slash.
    return `${mapping.path}/${name}`;
  };
  const peers = component.kind === 'sandbox' ? module.sandboxes : module.builds;
  const references = {
    name: mapping.name,
    dependsOn: component.dependsOn.map((name) => rename('SBX-DEP-UNKNOWN', component.kind, peers, name)),
    imports: component.imports.map((entry): Import => {
      const build = entry.kind === 'artifact' ? (entry.build ?? exporter(module, entry.name)) : undefined;
      if (entry.kind === 'host' || build === undefined) return entry;
      return { ...entry, build: rename('SBX-IMPORT-BUILD', 'build', module.builds, build) };
    }),
    groups: new Map(
      [...component.groups].map(([name, membership]) => [
        rename('SBX-GROUP-UNKNOWN', 'group', module.groups, name),
        membership,
      ]),
    ),
  };
  return { ...component, ...references };
}

function exporter(module: Project, artifact: string): string | undefined {
  return [...module.builds.values()].find((build) => build.exports.has(artifact))?.name;
}

/** Where it was written says which component it is, whatever it is called. */
function identity(component: AnyComponent): string {
  return `${component.origin.file}:${String(component.place.name.start)}`;
}
