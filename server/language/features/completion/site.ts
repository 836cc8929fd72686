import type { KeyDescription, MapShape, RecordShape, Shape, TextShape } from '../../../sandboxfile/index.ts';
import type { Cursor, Segment } from '../../cursor/cursor.ts';
import { lineStart } from '../../cursor/line.ts';
import { asList, asMap, asText, describe } from '../../cursor/shape.ts';

/** One kind of thing that may be written where the cursor is. */
export type Site = KeySite | ValueSite;

interface Common {
  /** From the root to the map of the key, or to the value. */
  readonly path: readonly Segment[];
  /** What must come before it: a blank, a dash, a new line. */
  readonly lead: string;
  /** Column of the first character behind `lead`. */
  readonly column: number;
}

export interface KeySite extends Common {
  readonly kind: 'keys';
  readonly shape: MapShape | RecordShape;
}

export interface ValueSite extends Common {
  readonly kind: 'value';
  readonly shape: TextShape;
  readonly key: KeyDescription | undefined;
}

/** Columns of one level in new text. */
export const STEP = 2;

export function sitesOf(text: string, cursor: Cursor): readonly Site[] {
  if (cursor.place === 'block' || cursor.place === 'comment') return [];
  const described = describe(cursor.path);
  if (described === undefined) return [];
  const { shape, key } = described;
  const { path, column } = cursor;
  if (cursor.place === 'key') return keys(shape, path, '', column);
  const blank = cursor.tight ? ' ' : '';
  const own = value(shape, key, path, blank, column + blank.length);
  if (cursor.place === 'entry') {
    return [
      ...keys(shape, path, blank, column + blank.length),
      ...items(shape, path, `${blank}- `, column),
      ...own,
    ];
  }
  if (cursor.flow || cursor.quote !== '' || cursor.token.start !== cursor.token.end) return own;
  // Behind a key: what belongs to it goes into the next line.
  const next = keyColumn(text, path) + STEP;
  const line = `\n${' '.repeat(next)}`;
  return [...own, ...keys(shape, path, line, next), ...items(shape, path, `${line}- `, next + STEP)];
}

function keys(shape: Shape, path: readonly Segment[], lead: string, column: number): readonly KeySite[] {
  const map = asMap(shape);
  return map === undefined ? [] : [{ kind: 'keys', shape: map, path, lead, column }];
}

function items(shape: Shape, path: readonly Segment[], lead: string, column: number): readonly Site[] {
  const item = asList(shape)?.item;
  const span = path.at(-1)?.span ?? { start: 0, end: 0 };
  return item === undefined ? [] : value(item, undefined, [...path, { key: undefined, span }], lead, column);
}

function value(
  shape: Shape,
  key: KeyDescription | undefined,
  path: readonly Segment[],
  lead: string,
  column: number,
): readonly ValueSite[] {
  const text = asText(shape);
  return text === undefined ? [] : [{ kind: 'value', shape: text, key, path, lead, column }];
}

function keyColumn(text: string, path: readonly Segment[]): number {
  const start = path.at(-1)?.span.start ?? 0;
  return start - lineStart(text, start);
}
