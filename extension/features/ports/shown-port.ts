import type { PublishedPort } from '../../../server/engine/api.ts';

/** A port of the file, of what runs, or of both. */
export interface ShownPort {
  /** Of this host: where it is, or where the file wants it. */
  readonly host: number;
  readonly guest: number;
  readonly protocol: PublishedPort['protocol'];
  /** As it can be reached now; absent: it cannot. */
  readonly published?: PublishedPort;
}

/** What the file wants, each as it came out, then what was published besides. */
export function shownPorts(
  wanted: readonly Pick<ShownPort, 'host' | 'guest' | 'protocol'>[],
  published: readonly PublishedPort[],
): readonly ShownPort[] {
  const left = new Set(published);
  const ofFile = wanted.map(({ host, guest, protocol }): ShownPort => {
    const found = [...left].find((port) => {
      return port.guest === guest && port.protocol === protocol && (port.wished ?? port.host) === host;
    });
    if (found === undefined) return { host, guest, protocol };
    left.delete(found);
    return { host: found.host, guest, protocol, published: found };
  });
  const others = [...left].map((port): ShownPort => {
    const { host, guest, protocol } = port;
    return { host, guest, protocol, published: port };
  });
  return [...ofFile, ...others];
}

export function portText({ host, guest, protocol, published }: ShownPort): string {
  const address = published?.address;
  const at = address === undefined ? String(host) : `${inUrl(address)}:${host}`;
  return `${at} → ${guest}${protocol === 'udp' ? '/udp' : ''}`;
}

/** For a browser on this host. */
export function urlOf({ host, address = '127.0.0.1' }: Pick<PublishedPort, 'host' | 'address'>): string {
  const isAny = address === '0.0.0.0' || address === '::';
  return `http://${isAny ? '127.0.0.1' : inUrl(address)}:${host}`;
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
