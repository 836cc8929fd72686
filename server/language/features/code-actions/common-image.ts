import type { Project } from '../../../sandboxfile/index.ts';

/** Needs no network. */
const FALLBACK = 'builtin:busybox';

/** The image that most components of the file have. */
export function commonImage({ sandboxes, builds }: Project): string {
  const counts = new Map<string, number>();
  for (const { image } of [...sandboxes.values(), ...builds.values()]) {
    if (image !== undefined) counts.set(image.text, (counts.get(image.text) ?? 0) + 1);
  }
  let best = FALLBACK;
  for (const [text, count] of counts) if (count > (counts.get(best) ?? 0)) best = text;
  return best;
}
