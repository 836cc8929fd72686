import type { Cursor } from './cursor.ts';
import { asMap, asText, describe } from './shape.ts';

/**
 * `- ./src:` reads as a key as long as nothing stands behind its colon. Where the schema wants a text,
 * it is one that is not finished.
 */
export function settle(text: string, cursor: Cursor): Cursor {
  const last = cursor.path.at(-1);
  if (last?.key === undefined || cursor.flow || cursor.place !== 'value' || cursor.quote !== '')
    return cursor;
  const path = cursor.path.slice(0, -1);
  if (path.at(-1)?.key !== undefined) return cursor;
  const shape = describe(path)?.shape;
  if (shape === undefined || asText(shape) === undefined || asMap(shape) !== undefined) return cursor;
  const token = { start: last.span.start, end: Math.max(cursor.token.end, cursor.offset) };
  if (text.slice(token.start, token.end).includes('\n')) return cursor;
  return { ...cursor, place: 'entry', path, token, tight: false };
}
