import type { Subject } from '../checks/check.ts';
import { quote } from '../grammars/grammar.ts';
import type { Build, Group, ModuleImport, Project, Sandbox } from '../model.ts';
import type { ProblemList } from '../problem-list.ts';
import { LocalNames, translate } from './translate.ts';

interface Adopted {
  readonly component: Sandbox | Build | Group;
  readonly module: Project;
  readonly mapping: ModuleImport;
}

/** Takes components of other files into one project, under the names that its mappings say. */
export class Adoption {
  readonly #own: Project;
  readonly #problems: ProblemList;
  readonly #adopted: Adopted[] = [];
  readonly #unresolved = new Set<string>();
  /** `<kind> <name>` of what the project has. */
  readonly #taken: Set<string>;

  constructor(own: Project, problems: ProblemList) {
    this.#own = own;
    this.#problems = problems;
    const all = [...own.sandboxes.values(), ...own.builds.values(), ...own.groups.values()];
    this.#taken = new Set(all.map((component) => slot(component.kind, component.name)));
  }

  /** The names may be anything from here on. */
  giveUp(mappings: readonly ModuleImport[]): void {
    for (const mapping of mappings) this.#unresolved.add(mapping.name);
  }

  /** `partial`: the module has errors, so what is missing may be there in truth. */
  adopt(module: Project, mappings: readonly ModuleImport[], partial: boolean): void {
    for (const mapping of mappings) {
      const found = [module.sandboxes, module.builds, module.groups]
        .map((components) => components.get(mapping.component))
        .filter((component) => component !== undefined)
        .filter((component) => component.origin === module.origin);
      if (found.length === 0) {
        this.giveUp([mapping]);
        if (!partial) this.#reportMissing(module, mapping);
      }
      for (const component of found) this.#take({ component, module, mapping });
    }
  }

  /** The project with everything adopted. */
  finish(): Subject {
    const own = this.#own;
    const names = new LocalNames(own, this.#adopted);
    const project = {
      ...own,
      sandboxes: new Map(own.sandboxes),
      builds: new Map(own.builds),
      groups: new Map(own.groups),
    };
    for (const { component, module, mapping } of this.#adopted) {
      const local = translate(component, module, mapping, names, this.#problems);
      if (local.kind === 'sandbox') project.sandboxes.set(local.name, local);
      else if (local.kind === 'build') project.builds.set(local.name, local);
      else project.groups.set(local.name, local);
    }
    return { project, unresolved: this.#unresolved };
  }

  #take(adopted: Adopted): void {
    const { name, place } = adopted.mapping;
    const taken = slot(adopted.component.kind, name);
    if (!this.#taken.has(taken)) {
      this.#taken.add(taken);
      this.#adopted.push(adopted);
      return;
    }
    const message = `${adopted.component.kind} '${quote(name)}' exists already; import it with 'as: <another name>'`;
    this.#problems.report('SBX-MODULE-CONFLICT', place.name, message);
  }

  #reportMissing(module: Project, { component, path, place }: ModuleImport): void {
    const names = [...module.sandboxes.keys(), ...module.builds.keys(), ...module.groups.keys()];
    const suggestion = this.#problems.nearest(component, names);
    const message = `module '${quote(path)}' has no component '${quote(component)}'`;
    const data = suggestion === undefined ? {} : { data: { suggestion } };
    this.#problems.report('SBX-MODULE-COMPONENT', place.component, message, data);
  }
}

function slot(kind: string, name: string): string {
  return `${kind} ${name}`;
}
