import { accept, quote, reject, type Grammar } from './grammar.ts';

export type Protocol = 'tcp' | 'udp';

export interface Port {
  readonly host: number;
  readonly guest: number;
  readonly protocol: Protocol;
}

const PORT = /^(?:(\d{1,9}):)?(\d{1,9})(?:\/(tcp|udp))?$/i;
const MAX_PORT = 65535;

/** `number` or `host:guest`, with an optional `/tcp` or `/udp`. */
export const port: Grammar<Port> = (text) => {
  const match = PORT.exec(text);
  const guest = Number(match?.[2]);
  const host = match?.[1] === undefined ? guest : Number(match[1]);
  if (match === null || !isPort(host) || !isPort(guest)) {
    return reject('SBX-PORT', `invalid port pair: ${quote(text)}`);
  }
  return accept({ host, guest, protocol: match[3]?.toLowerCase() === 'udp' ? 'udp' : 'tcp' });
};

export function formatPort(port: Port): string {
  return `${String(port.host)}:${String(port.guest)}${port.protocol === 'udp' ? '/udp' : ''}`;
}

function isPort(value: number): boolean {
  return value >= 1 && value <= MAX_PORT;
}
