import { isIP } from './ip.ts';
import { accept, quote, reject, type Grammar } from './grammar.ts';
import type { Protocol } from './port.ts';

/** What a rule of `allow` or `deny` is about: names, or addresses, and their ports. */
export interface OutboundRule {
  /** As written. */
  readonly text: string;
  readonly target: OutboundTarget;
  /** Absent: all. */
  readonly ports: { readonly first: number; readonly last: number } | undefined;
  /** Absent: any. */
  readonly protocol: Protocol | undefined;
}

export type OutboundTarget =
  /** Lower case; `*.example.org` is every name below example.org. */
  | { readonly kind: 'domain'; readonly domain: string }
  /** In CIDR notation. */
  | { readonly kind: 'network'; readonly network: string };

/** Target and ports; IPv6 with a port stands in brackets. */
const RULE = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5})(?:-(\d{1,5}))?)?$/;
const BARE_IPV6 = /^[^[\]]*:[^[\]]*:[^[\]]*$/;
const PROTOCOL = /\/(tcp|udp)$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MAX_DOMAIN = 253;
const MAX_PORT = 65535;

/** `name`, `*.name`, address or CIDR, with an optional `:port` or `:first-last`, and `/tcp` or `/udp`. */
export const outbound: Grammar<OutboundRule> = (text) => {
  const protocol = PROTOCOL.exec(text)?.[1]?.toLowerCase();
  const rest = text.replace(PROTOCOL, '');
  const match = RULE.exec(rest);
  const target = targetOf(BARE_IPV6.test(rest) ? rest : (match?.[1] ?? match?.[2] ?? ''));
  const first = match?.[3] === undefined ? undefined : Number(match[3]);
  const last = match?.[4] === undefined ? first : Number(match[4]);
  if (target === undefined || !isRange(first, last)) {
    const expected = 'expected a name, *.name, address or network, with :port if needed';
    return reject('SBX-OUTBOUND', `invalid network rule: ${quote(text)}, ${expected}`);
  }
  return accept({
    text,
    target,
    ports: first === undefined || last === undefined ? undefined : { first, last },
    protocol: protocol === 'tcp' || protocol === 'udp' ? protocol : undefined,
  });
};

/** `name` or `*.name`, in lower case. */
export function domainPattern(text: string): string | undefined {
  const domain = text.toLowerCase().replace(/\.$/, '');
  const labels = domain.replace(/^\*\./, '').split('.');
  const isName = domain.length <= MAX_DOMAIN && labels.every((label) => LABEL.test(label));
  // What ends in a number is an address, or means to be one.
  return isName && !/^\d+$/.test(labels.at(-1) ?? '') ? domain : undefined;
}

function targetOf(text: string): OutboundTarget | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const version = isIP(address);
  if (version === 0) {
    const domain = domainPattern(text);
    return domain === undefined ? undefined : { kind: 'domain', domain };
  }
  const bits = version === 4 ? 32 : 128;
  const prefix = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return undefined;
  return { kind: 'network', network: `${address}/${String(Number(prefix))}` };
}

function isRange(first: number | undefined, last: number | undefined): boolean {
  if (first === undefined || last === undefined) return true;
  return first >= 1 && first <= last && last <= MAX_PORT;
}
