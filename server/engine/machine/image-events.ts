import type { ImageEvent, LayerStage } from '../api.ts';
import { count, isObject, text } from './json.ts';
import type { Json } from './json.ts';

/** The event that a line of `menv image` is; undefined: it is something else. */
export function imageEvent(message: Json, image: string): ImageEvent | undefined {
  const { progress, layer } = message;
  if (isObject(progress)) {
    const stage = IMAGE_STAGES.find((each) => each === progress['stage']) ?? 'resolving';
    return { kind: 'image', image, stage, ...amount(progress) };
  }
  if (isObject(layer)) {
    // A stage that a newer program knows is shown as the nearest this one does.
    const stage = LAYER_STAGES.find((each) => each === layer['stage']) ?? 'waiting';
    return { kind: 'layer', image, digest: text(layer['digest']), stage, ...amount(layer) };
  }
  return undefined;
}

const IMAGE_STAGES = ['resolving', 'downloading', 'importing', 'pushing', 'saving', 'committing'] as const;
const LAYER_STAGES: readonly LayerStage[] = [
  'waiting',
  'downloading',
  'exists',
  'verifying',
  'importing',
  'pushing',
  'retrying',
  'done',
];

function amount({ done, total }: Json): { readonly done: number; readonly total: number } {
  return { done: count(done), total: count(total) };
}
