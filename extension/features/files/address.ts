// A sandbox in a URI: `sandbox://web-1a2b3c4d/etc/hosts`. The authority is short and of characters that
// nothing changes, and is found again by making it of every known sandbox.

import { createHash } from 'node:crypto';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';

export function authorityOf(sandboxfile: string, sandbox: string): string {
  const hash = createHash('sha256').update(`${sandboxfile}\0${sandbox}`).digest('hex').slice(0, 12);
  const readable = sandbox
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 32);
  return readable === '' ? hash : `${readable}-${hash}`;
}

/** Undefined: no Sandboxfile of the workspace has it. */
export function targetAt({ all }: Pick<Projects, 'all'>, authority: string): Target | undefined {
  for (const file of all) {
    const sandbox = file.known.find((name) => authorityOf(file.uri.fsPath, name) === authority);
    if (sandbox !== undefined) return { file, sandbox };
  }
  return undefined;
}
