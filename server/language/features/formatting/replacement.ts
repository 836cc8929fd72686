import type { Span } from '../../../sandboxfile/index.ts';

export interface Replacement extends Span {
  readonly text: string;
}

/** `replacements` in file order, none overlapping. */
export function applyReplacements(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: added } of replacements) {
    result += text.slice(at, start) + added;
    at = end;
  }
  return result + text.slice(at);
}
