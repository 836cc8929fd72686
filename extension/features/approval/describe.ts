// A start in words, what reaches beyond the sandbox first.

import path from 'node:path';
import type { StartReview } from '../../../server/engine/api.ts';

/** A dialog has to hold all of it. */
const MAX_COMMANDS = 6;
const MAX_LENGTH = 90;

export function describeReview(review: StartReview, workspaceFolders: readonly string[]): readonly string[] {
  const isOutside = (host: string): boolean => !workspaceFolders.some((folder) => isInside(host, folder));
  const outside = review.mounts.filter(({ host }) => isOutside(host));
  const inside = review.mounts.filter(({ host }) => !isOutside(host));
  const rest = review.commands.length - MAX_COMMANDS;
  return [
    `Image: ${review.image}`,
    `Network: ${NETWORK[review.scope]}`,
    ...outside.map((mount) => `Mounted from OUTSIDE the workspace: ${describeMount(mount)}`),
    ...inside.map((mount) => `Mounted: ${describeMount(mount)}`),
    ...(review.ports.length === 0 ? [] : [`Published ports: ${review.ports.join(', ')}`]),
    ...(review.envFile === undefined ? [] : [`Variables from: ${review.envFile}`]),
    'Commands:',
    ...review.commands.slice(0, MAX_COMMANDS).map(({ name, text }) => `  ${name}: ${shortened(text)}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

const NETWORK: Readonly<Record<StartReview['scope'], string>> = {
  none: 'none',
  group: 'sandboxes of its groups',
  public: 'the internet, not this machine or its local network',
  any: 'everything this machine can reach',
};

function describeMount({ host, guest, readOnly }: StartReview['mounts'][number]): string {
  return `${host} at ${guest}${readOnly ? ' (read-only)' : ''}`;
}

function isInside(host: string, folder: string): boolean {
  const relative = path.relative(folder, host);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

function shortened(text: string): string {
  const line = text.trim().split('\n').join(' ⏎ ');
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH)}…`;
}
