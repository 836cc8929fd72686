import type { Segment } from '../../cursor/cursor.ts';

/**
 * A path in the language: keys joined by slashes; `*` is any key, `[]` any item of a list, `@` either
 * section of components.
 */
export type Pattern = string;

/** What belongs to the first pattern that the path fits. */
export function matchingSource<T>(
  sources: readonly (readonly [Pattern, T])[],
  path: readonly Segment[],
): T | undefined {
  return sources.find(([pattern]) => fits(pattern.split('/'), path))?.[1];
}

function fits(parts: readonly string[], path: readonly Segment[]): boolean {
  return (
    parts.length === path.length &&
    parts.every((part, index) => {
      const key = path[index]?.key;
      if (part === '[]') return key === undefined;
      if (key === undefined) return false;
      if (part === '@') return key === 'sandboxes' || key === 'builds';
      return part === '*' || part === key;
    })
  );
}
