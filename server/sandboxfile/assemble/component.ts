import { DEFAULT_CPUS } from '../grammars/cpus.ts';
import { DEFAULT_MEMORY_MIB } from '../grammars/memory.ts';
import { DEFAULT_SCOPE } from '../grammars/scope.ts';
import type { Build, Component, Group, Membership, Origin, Sandbox, Step } from '../model.ts';
import type { BuildFields, GroupFields, MembershipFields, SandboxFields } from '../schema/fields.ts';
import type { Field } from '../schema/schema.ts';
import { assembleCommand } from './command.ts';
import { assembleImports } from './imports.ts';
import { assembleSecrets } from './secrets.ts';
import { assembleMeta } from './meta.ts';
import { entries, values } from './values.ts';
import { assembleVolumeOptions } from './volume-options.ts';

/** A component whose value could not be read still exists: others may refer to it. */
export function assembleSandbox(name: string, field: Field<SandboxFields>, origin: Origin): Sandbox {
  const fields = field.value ?? {};
  return {
    kind: 'sandbox',
    ...assembleComponent(name, field, fields, origin),
    version: fields.version?.value,
    meta: assembleMeta(fields.meta?.value),
    scripts: entries(fields.scripts),
    scope:
      fields.scope?.value ??
      fields.network?.value?.scope?.value ??
      fields.network?.value?.reach?.value ??
      DEFAULT_SCOPE,
    allow: values(fields.allow),
    deny: values(fields.deny),
    secrets: assembleSecrets(fields.secrets),
    vmm: fields.vmm?.value,
    fields,
  };
}

export function assembleBuild(name: string, field: Field<BuildFields>, origin: Origin): Build {
  const fields = field.value ?? {};
  return {
    kind: 'build',
    ...assembleComponent(name, field, fields, origin),
    steps: assembleSteps(fields),
    fields,
  };
}

export function assembleGroup(name: string, field: Field<GroupFields>, origin: Origin): Group {
  const fields = field.value ?? {};
  return {
    kind: 'group',
    name,
    origin,
    place: { name: field.key, value: field.span },
    version: fields.version?.value,
    meta: assembleMeta(fields.meta?.value),
    subnet: fields.network?.value?.subnet?.value,
    volumes: entries(fields.volumes),
    fields,
  };
}

function assembleComponent(
  name: string,
  field: Field<unknown>,
  fields: SandboxFields | BuildFields,
  origin: Origin,
): Component {
  return {
    name,
    origin,
    place: { name: field.key, value: field.span },
    image: fields.image?.value,
    memoryMib: fields.memory?.value ?? fields.ram?.value ?? DEFAULT_MEMORY_MIB,
    cpus: fields.cpus?.value ?? DEFAULT_CPUS,
    volumes: values(fields.volumes),
    volumeOptions: assembleVolumeOptions(fields.volume_options),
    ports: values(fields.ports),
    envs: values(fields.envs),
    envFile: fields.env_file?.value,
    dependsOn: values(fields.depends_on),
    workdir: fields.workdir?.value,
    shell: fields.shell?.value,
    command: assembleCommand(fields),
    imports: assembleImports(fields.imports),
    exports: entries(fields.exports),
    groups: assembleMemberships(fields.groups),
  };
}

function assembleMemberships(field: SandboxFields['groups']): ReadonlyMap<string, Membership> {
  const memberships = new Map<string, Membership>();
  for (const [group, { value }] of field?.value ?? []) {
    if (value !== undefined) memberships.set(group, assembleMembership(value));
  }
  return memberships;
}

function assembleMembership(fields: MembershipFields): Membership {
  const network = fields.network?.value;
  return {
    ip: network?.ip?.value,
    hostname: network?.hostname?.value,
    volumes: entries(fields.volumes),
    fields,
  };
}

function assembleSteps(fields: BuildFields): readonly Step[] {
  const steps = fields.steps?.value ?? fields.scripts?.value ?? [];
  if (typeof steps === 'string') return [{ name: undefined, text: steps }];
  if ('length' in steps) return steps.map((item) => ({ name: undefined, text: item.value }));
  return [...steps].flatMap(([name, { value }]) => (value === undefined ? [] : [{ name, text: value }]));
}
