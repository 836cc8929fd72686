import { quote } from '../grammars/grammar.ts';
import { subnetContains } from '../grammars/ipv4.ts';
import type { Group } from '../model.ts';
import type { ProblemList } from '../problem-list.ts';
import type { MembershipFields } from '../schema/fields.ts';
import { ownComponents, type Check } from './check.ts';

export const checkGroups: Check = (subject, problems) => {
  const { project, unresolved } = subject;
  const addresses = new Map<string, string>();
  for (const component of ownComponents(subject)) {
    for (const [name, field] of component.fields.groups?.value ?? []) {
      const group = project.groups.get(name);
      if (group === undefined && !unresolved.has(name)) {
        const suggestion = problems.nearest(name, project.groups.keys());
        problems.report('SBX-GROUP-UNKNOWN', field.key, `unknown group '${quote(name)}'`, {
          data: { name, ...(suggestion === undefined ? {} : { suggestion }) },
        });
      }
      if (field.value === undefined) continue;
      checkAddress(component.name, name, group, field.value, addresses, problems);
      if (group !== undefined) checkGroupVolumes(group, field.value, problems);
    }
  }
};

function checkAddress(
  member: string,
  groupName: string,
  group: Group | undefined,
  membership: MembershipFields,
  addresses: Map<string, string>,
  problems: ProblemList,
): void {
  const ip = membership.network?.value?.ip;
  if (ip?.value === undefined) return;
  if (group?.subnet !== undefined && !subnetContains(group.subnet, ip.value)) {
    const message = `${ip.value} is outside of group '${quote(groupName)}'s subnet ${group.subnet.text}`;
    problems.report('SBX-GROUP-NET', ip.span, message);
  }
  const slot = `${ip.value} ${groupName}`;
  const owner = addresses.get(slot);
  if (owner === undefined) addresses.set(slot, member);
  else {
    const message = `${ip.value} is already the address of '${quote(owner)}' in group '${quote(groupName)}'`;
    problems.report('SBX-GROUP-NET', ip.span, message);
  }
}

function checkGroupVolumes(group: Group, membership: MembershipFields, problems: ProblemList): void {
  for (const [name, field] of membership.volumes?.value ?? []) {
    if (group.volumes.has(name)) continue;
    const message = `group '${quote(group.name)}' has no volume '${quote(name)}'`;
    problems.report('SBX-GROUP-VOLUME', field.key, message, { severity: 'warning' });
  }
}
