import { port } from '../../sandboxfile/index.ts';
import type { Port } from '../../sandboxfile/index.ts';
import type { PublishedPort } from '../api.ts';
import { SandboxError } from '../errors/index.ts';

/** As the Sandboxfile has it: `guest` or `host:guest`, with `/udp`. Throws PORT_INVALID. */
export function parsePort(text: string): Port {
  const parsed = port(text);
  if (!parsed.ok) throw new SandboxError('PORT_INVALID', { subject: text });
  return parsed.value;
}

/** Where this host reaches it, as `localhost:8080`. */
export function formatHost({ address = 'localhost', host }: PublishedPort): string {
  return `${address.includes(':') ? `[${address}]` : address}:${String(host)}`;
}

export function formatPublished(published: PublishedPort): string {
  return `${formatHost(published)} -> ${String(published.guest)}/${published.protocol}`;
}
