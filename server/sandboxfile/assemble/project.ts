import type { Build, Group, ModuleImport, Origin, Project, Sandbox } from '../model.ts';
import type { ProjectFields } from '../schema/fields.ts';
import type { Field } from '../schema/schema.ts';
import { assembleBuild, assembleGroup, assembleSandbox } from './component.ts';
import { assembleMeta } from './meta.ts';

/** What was made of fields before: fields that were kept say the same again. */
export type Assembled = WeakMap<object, Sandbox | Build | Group>;

export function assembleProject(
  fields: ProjectFields,
  origin: Origin,
  known: Assembled = new WeakMap(),
): Project {
  return {
    origin,
    meta: assembleMeta(fields.meta?.value),
    modules: assembleModules(fields.modules),
    builds: assembleAll(fields.builds, assembleBuild, origin, known),
    sandboxes: assembleAll(fields.sandboxes, assembleSandbox, origin, known),
    groups: assembleAll(fields.groups, assembleGroup, origin, known),
    fields,
  };
}

function assembleAll<F, C extends Sandbox | Build | Group>(
  section: Field<ReadonlyMap<string, Field<F>>> | undefined,
  assemble: (name: string, field: Field<F>, origin: Origin) => C,
  origin: Origin,
  known: Assembled,
): ReadonlyMap<string, C> {
  const components = new Map<string, C>();
  for (const [name, field] of section?.value ?? []) {
    // A field stands in one section only: what was made of it is of that section's kind.
    const component = (known.get(field) as C | undefined) ?? assemble(name, field, origin);
    known.set(field, component);
    components.set(name, component);
  }
  return components;
}

function assembleModules(field: ProjectFields['modules']): readonly ModuleImport[] {
  return [...(field?.value ?? [])].flatMap(([path, module]) =>
    [...(module.value ?? [])].map(([component, mapping]) => {
      const as = mapping.value?.as;
      return {
        path,
        component,
        name: as?.value ?? component,
        place: { path: module.key, component: mapping.key, name: as?.span ?? mapping.key },
      };
    }),
  );
}
