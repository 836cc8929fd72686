import { accept, quote, reject, type Grammar } from './grammar.ts';

/** An IPv4 network; `address` has its host bits cleared. */
export interface Subnet {
  readonly text: string;
  readonly address: number;
  readonly prefix: number;
}

export const ipv4: Grammar<string> = (text) =>
  ipv4Number(text) === undefined
    ? reject('SBX-GROUP-NET', `invalid IPv4 address: ${quote(text)}`)
    : accept(text);

export const subnet: Grammar<Subnet> = (text) => {
  const slash = text.indexOf('/');
  const address = ipv4Number(text.slice(0, Math.max(slash, 0)));
  const digits = text.slice(slash + 1);
  const prefix = /^\d{1,2}$/.test(digits) ? Number(digits) : 33;
  if (address === undefined || prefix > 32) {
    return reject('SBX-GROUP-NET', `invalid IPv4 subnet: ${quote(text)}, expected for example 10.0.1.0/24`);
  }
  return accept({ text, address: network(address, prefix), prefix });
};

export function isIPv4Text(text: string): boolean {
  return ipv4Number(text) !== undefined;
}

export function subnetContains(subnet: Subnet, address: string): boolean {
  const number = ipv4Number(address);
  return number !== undefined && network(number, subnet.prefix) === subnet.address;
}

function network(address: number, prefix: number): number {
  const hosts = 2 ** (32 - prefix);
  return address - (address % hosts);
}

function ipv4Number(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let number = 0;
  for (const part of match.slice(1)) {
    const octet = Number(part);
    if (octet > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    number = number * 256 + octet;
  }
  return number;
}
