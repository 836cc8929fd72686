// Every place of one file where a name stands, in file order.

import type { Build, Field, Group, Project, Sandbox, Span } from '../../../sandboxfile/index.ts';

export type ComponentKind = 'sandbox' | 'build' | 'group';

/** `artifact` of a component's exports, `volume` of a group, `script` of a sandbox. */
export type NameKind = ComponentKind | 'artifact' | 'volume' | 'script';

export type Occurrence = Definition | Reference | ModuleComponent | ModuleAlias | ModulePath;

interface Named {
  /** With quotes, when there are any. */
  readonly span: Span;
  readonly name: string;
}

export interface Definition extends Named {
  readonly role: 'definition';
  readonly kind: NameKind;
  /** Component that an artifact, volume or script belongs to. */
  readonly owner: Owner | undefined;
}

export interface Reference extends Named {
  readonly role: 'reference';
  readonly kind: Exclude<NameKind, 'script'>;
  /** Absent for a flat import: of the build that exports the artifact. */
  readonly owner: Owner | undefined;
}

/** A component that a module brings, by its name there. */
export interface ModuleComponent extends Named {
  readonly role: 'import';
  readonly path: string;
  /** Its name here. */
  readonly local: string;
}

export interface ModuleAlias extends Named {
  readonly role: 'alias';
  readonly path: string;
  /** Its name there. */
  readonly component: string;
}

export interface ModulePath extends Named {
  readonly role: 'module';
}

export interface Owner {
  readonly kind: ComponentKind;
  readonly name: string;
}

const known = new WeakMap<Project, readonly Occurrence[]>();
/** Components that an edit did not touch are those of the reading before. */
const knownParts = new WeakMap<Sandbox | Build | Group, readonly Occurrence[]>();

export function occurrencesOf(project: Project): readonly Occurrence[] {
  let all = known.get(project);
  if (all === undefined) known.set(project, (all = distinct([...parts(project)].flat())));
  return all;
}

/** The name at an offset, its ends included; the later one where two meet. */
export function occurrenceAt(project: Project, offset: number): Occurrence | undefined {
  let found: Occurrence | undefined;
  for (const part of parts(project)) {
    for (const occurrence of part) {
      const { start, end } = occurrence.span;
      if (start > offset || offset > end || start === end) continue;
      if (found === undefined || start > found.span.start) found = occurrence;
    }
  }
  return found;
}

/** Of the file's modules, then of each component. */
function* parts(project: Project): Iterable<readonly Occurrence[]> {
  const all: Occurrence[] = [];
  modules(project, all);
  yield all;
  for (const components of [project.sandboxes, project.builds, project.groups]) {
    for (const component of components.values()) {
      if (component.origin === project.origin) yield partOf(component);
    }
  }
}

function partOf(component: Sandbox | Build | Group): readonly Occurrence[] {
  const before = knownParts.get(component);
  if (before !== undefined) return before;
  const all: Occurrence[] = [definition(component.kind, component.name, component.place.name)];
  if (component.kind === 'group') {
    for (const [name, field] of component.fields.volumes?.value ?? []) {
      all.push(definition('volume', name, field.key, component));
    }
  } else references(component, all);
  if (component.kind === 'sandbox') {
    for (const [name, field] of component.fields.scripts?.value ?? []) {
      all.push(definition('script', name, field.key, component));
    }
  }
  const part = distinct(all);
  knownParts.set(component, part);
  return part;
}

function modules(project: Project, all: Occurrence[]): void {
  for (const [path, field] of project.fields.modules?.value ?? []) {
    all.push({ role: 'module', span: field.key, name: path });
  }
  for (const { path, component, name, place } of project.modules) {
    all.push({ role: 'import', span: place.component, name: component, path, local: name });
    if (place.name.start !== place.component.start) {
      all.push({ role: 'alias', span: place.name, name, path, component });
    }
  }
}

function references(component: Sandbox | Build, all: Occurrence[]): void {
  const { fields } = component;
  for (const { value, span } of fields.depends_on?.value ?? []) {
    all.push(reference(component.kind, value, span));
  }
  for (const [name, field] of fields.exports?.value ?? []) {
    all.push(definition('artifact', name, field.key, component));
  }
  for (const [name, field] of fields.imports?.value ?? []) imported(name, field, all);
  for (const [group, { key, value }] of fields.groups?.value ?? []) {
    all.push(reference('group', group, key));
    for (const [name, volume] of value?.volumes?.value ?? []) {
      all.push(reference('volume', name, volume.key, { kind: 'group', name: group }));
    }
  }
}

type ImportField = Field<{ readonly kind: 'host' | 'artifact' } | ReadonlyMap<string, Field<string>>>;

function imported(name: string, { key, value }: ImportField, all: Occurrence[]): void {
  if (value === undefined) return;
  if ('kind' in value) {
    if (value.kind === 'artifact') all.push(reference('artifact', name, key));
    return;
  }
  all.push(reference('build', name, key));
  for (const [artifact, field] of value) {
    all.push(reference('artifact', artifact, field.key, { kind: 'build', name }));
  }
}

function definition(kind: NameKind, name: string, span: Span, owner?: Owner): Definition {
  return { role: 'definition', kind, name, span, owner: ownerOf(owner) };
}

function reference(kind: Reference['kind'], name: string, span: Span, owner?: Owner): Reference {
  return { role: 'reference', kind, name, span, owner: ownerOf(owner) };
}

function ownerOf(owner: Owner | undefined): Owner | undefined {
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name };
}

/** Aliases and merge keys make one place be read more than once. */
function distinct(all: readonly Occurrence[]): readonly Occurrence[] {
  if (isOrdered(all)) return all;
  const seen = new Set<string>();
  return all
    .filter((occurrence) => {
      const { role, span, name } = occurrence;
      const kind = 'kind' in occurrence ? occurrence.kind : '';
      const slot = `${String(span.start)} ${role} ${kind} ${name}`;
      return span.end > span.start && !seen.has(slot) && seen.add(slot);
    })
    .sort((a, b) => a.span.start - b.span.start);
}

/** As most files are: each place behind the one before. */
function isOrdered(all: readonly Occurrence[]): boolean {
  let last = -1;
  return all.every(({ span: { start, end } }) => {
    const isBehind = start > last && end > start;
    last = start;
    return isBehind;
  });
}
