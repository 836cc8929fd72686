import type { SandboxPlan } from '../../sandboxfile/index.ts';
import type { MemberJson } from '../machine/gen/menv/network/v1/network_pb.js';
import type { SandboxContext } from './context.ts';
import { outboundRules } from './outbound-rules.ts';
import { secretUses } from './secrets.ts';

/** What the sandbox is in its project's network; undefined when it is to have no network device. */
export function networkMember(
  context: SandboxContext,
  plan: Pick<SandboxPlan, 'scope' | 'allow' | 'deny'>,
): MemberJson | undefined {
  if (plan.scope === 'none') return undefined;
  const secrets = secretUses(context);
  return {
    folder: context.network,
    name: context.name,
    scope: SCOPES[plan.scope],
    groups: memberships(context),
    rules: outboundRules(plan),
    auditFile: context.folder.denials(context.name),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

const SCOPES = { group: 'SCOPE_GROUP', public: 'SCOPE_PUBLIC', any: 'SCOPE_ANY' } as const;

/** A name may lead to several sandboxes; an address that the file gives is that of one, not of its forks. */
function memberships({ definition, forkOf }: SandboxContext): NonNullable<MemberJson['groups']> {
  return [...definition.groups].map(([group, { hostname, ip }]) => ({
    group,
    hostname: hostname ?? '',
    address: forkOf === undefined ? (ip ?? '') : '',
  }));
}
