import type { Component, Group } from '../model.ts';

/** A folder that a group's members share, as one of them has it. */
export interface GroupVolume {
  readonly group: string;
  readonly name: string;
  readonly guest: string;
}

/** All volumes of its groups: a member says at most where it has them. Groups that are not defined have none. */
export function groupVolumes(
  { groups }: Pick<Component, 'groups'>,
  defined: ReadonlyMap<string, Pick<Group, 'volumes'>>,
): readonly GroupVolume[] {
  return [...groups].flatMap(([group, membership]) =>
    [...(defined.get(group)?.volumes ?? [])].map(([name, path]) => ({
      group,
      name,
      guest: membership.volumes.get(name) ?? path,
    })),
  );
}
