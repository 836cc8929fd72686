import type { OutboundRule, SandboxPlan } from '../../sandboxfile/index.ts';
import type { RuleJson } from '../machine/gen/menv/network/v1/rules_pb.js';

/** Rules as the gateway takes them. */
export function outboundRules({ allow, deny }: Pick<SandboxPlan, 'allow' | 'deny'>): RuleJson[] {
  return [...allow.map((rule) => toWire(rule, false)), ...deny.map((rule) => toWire(rule, true))];
}

const TRANSPORTS = { tcp: 'TRANSPORT_TCP', udp: 'TRANSPORT_UDP' } as const;

function toWire({ target, ports, protocol }: OutboundRule, deny: boolean): RuleJson {
  return {
    deny,
    ...(target.kind === 'domain' ? { domain: target.domain } : { network: target.network }),
    ...(ports === undefined ? {} : { firstPort: ports.first, lastPort: ports.last }),
    ...(protocol === undefined ? {} : { transport: TRANSPORTS[protocol] }),
  };
}
