// A sandbox in a URI: `sandbox://web-1a2b3c4d/etc/hosts`. The authority is short and of characters that
// nothing changes, and is found again by making it of every known sandbox.

import { createHash } from 'node:crypto';

export function authorityOf(sandboxfile: string, sandbox: string): string {
  const hash = createHash('sha256').update(`${sandboxfile}\0${sandbox}`).digest('hex').slice(0, 12);
  const readable = sandbox
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 32);
  return readable === '' ? hash : `${readable}-${hash}`;
}
