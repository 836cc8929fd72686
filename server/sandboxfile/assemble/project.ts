import type { Build, Group, ModuleImport, Origin, Project, Sandbox } from '../model.ts';
import type { ProjectFields } from '../schema/fields.ts';
import type { Field } from '../schema/schema.ts';
import type { Steps } from '../steps.ts';
import { assembleBuild, assembleGroup, assembleSandbox } from './component.ts';
import { assembleMeta } from './meta.ts';

/** Components that are made at one go. */
const STEP = 100;

/** What was made of fields before: fields that were kept say the same again. */
export type Assembled = WeakMap<object, Sandbox | Build | Group>;

export function* assembleProject(
  fields: ProjectFields,
  origin: Origin,
  known: Assembled = new WeakMap(),
): Steps<Project> {
  return {
    origin,
    meta: assembleMeta(fields.meta?.value),
    modules: assembleModules(fields.modules),
    builds: yield* assembleAll(fields.builds, assembleBuild, origin, known),
    sandboxes: yield* assembleAll(fields.sandboxes, assembleSandbox, origin, known),
    groups: yield* assembleAll(fields.groups, assembleGroup, origin, known),
    fields,
  };
}

function* assembleAll<F, C extends Sandbox | Build | Group>(
  section: Field<ReadonlyMap<string, Field<F>>> | undefined,
  assemble: (name: string, field: Field<F>, origin: Origin) => C,
  origin: Origin,
  known: Assembled,
): Steps<ReadonlyMap<string, C>> {
  const components = new Map<string, C>();
  let assembled = 0;
  for (const [name, field] of section?.value ?? []) {
    // A field stands in one section only: what was made of it is of that section's kind.
    let component = known.get(field) as C | undefined;
    if (component === undefined) {
      known.set(field, (component = assemble(name, field, origin)));
      if (++assembled % STEP === 0) yield;
    }
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
