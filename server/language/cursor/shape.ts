import {
  schema,
  type KeyDescription,
  type MapShape,
  type RecordShape,
  type Shape,
  type TextShape,
} from '../../sandboxfile/index.ts';
import type { Segment } from './cursor.ts';

/** What the schema says about a path. */
export interface Described {
  readonly shape: Shape;
  /** Of the last key on the path that the schema knows by name. */
  readonly key: KeyDescription | undefined;
}

/** Undefined: the schema has nothing there. */
export function describe(path: readonly Segment[]): Described | undefined {
  let shape = schema.shape;
  let key: KeyDescription | undefined;
  for (const segment of path) {
    if (segment.key === undefined) {
      const list = asList(shape);
      if (list === undefined) return undefined;
      shape = list.item;
      key = undefined;
      continue;
    }
    const map = asMap(shape);
    if (map === undefined) return undefined;
    if (map.kind === 'map') {
      shape = map.value;
      key = undefined;
      continue;
    }
    key = Object.hasOwn(map.keys, segment.key) ? map.keys[segment.key] : undefined;
    if (key === undefined) return undefined;
    shape = key.shape;
  }
  return { shape, key };
}

export function asMap(shape: Shape): MapShape | RecordShape | undefined {
  return options(shape).find((option) => option.kind === 'map' || option.kind === 'record');
}

export function asList(shape: Shape) {
  return options(shape).find((option) => option.kind === 'list');
}

export function asText(shape: Shape): TextShape | undefined {
  return options(shape).find((option) => option.kind === 'text');
}

function options(shape: Shape): readonly Shape[] {
  return shape.kind === 'either' ? shape.options : [shape];
}
