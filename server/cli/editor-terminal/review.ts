// Of what a start would do: the editor's dialog and its terminals show the same, and agree on what was agreed to.

import { createHash } from 'node:crypto';
import type { StartReview } from '../../engine/api.ts';

/** A command or list that is longer is cut; the rest is in the file. */
const MAX_LENGTH = 160;

/** By which an agreement is remembered. */
export function digestOf({ identity }: StartReview): string {
  return createHash('sha256').update(identity).digest('hex');
}

/** On one line. */
export function shortened(text: string): string {
  const line = text.trim().replaceAll('\n', ' ⏎ ');
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH)}…`;
}
