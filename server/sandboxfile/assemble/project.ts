import type { ModuleImport, Origin, Project } from '../model.ts';
import type { ProjectFields } from '../schema/fields.ts';
import type { Field } from '../schema/schema.ts';
import { assembleBuild, assembleGroup, assembleSandbox } from './component.ts';
import { assembleMeta } from './meta.ts';

export function assembleProject(fields: ProjectFields, origin: Origin): Project {
  return {
    origin,
    meta: assembleMeta(fields.meta?.value),
    modules: assembleModules(fields.modules),
    builds: assembleAll(fields.builds, assembleBuild, origin),
    sandboxes: assembleAll(fields.sandboxes, assembleSandbox, origin),
    groups: assembleAll(fields.groups, assembleGroup, origin),
    fields,
  };
}

function assembleAll<F, C>(
  field: Field<ReadonlyMap<string, Field<F>>> | undefined,
  assemble: (name: string, field: Field<F>, origin: Origin) => C,
  origin: Origin,
): ReadonlyMap<string, C> {
  return new Map(
    [...(field?.value ?? [])].map(([name, component]) => [name, assemble(name, component, origin)]),
  );
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
