// The layers of an image that is being fetched: one line each, with a bar while bytes move.

import type { EngineEvent, LayerStage } from '../../engine/api.ts';
import { formatBytes } from './bytes.ts';
import type { Style } from './style.ts';
import { printable } from './style.ts';
import { cut } from './width.ts';

type LayerEvent = Extract<EngineEvent, { kind: 'layer' }>;
type Layer = Pick<LayerEvent, 'digest' | 'stage' | 'done' | 'total'>;

export class LayerBoard {
  readonly #layers = new Map<string, Layer>();

  /** False for a layer that is not followed: no image that can be used has so many. */
  update({ digest, stage, done, total }: LayerEvent): boolean {
    if (!this.#layers.has(digest) && this.#layers.size >= maxLayers) return false;
    this.#layers.set(digest, { digest, stage, done, total });
    return true;
  }

  /** At most `rows` lines; where that is not enough, those in which something happens. */
  lines(columns: number, rows: number, style: Style): readonly string[] {
    const all = [...this.#layers.values()];
    if (all.length <= rows) return all.map((layer) => line(layer, columns, style));
    const shown = new Set(all.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.max(0, rows - 1)));
    const more = `… and ${String(all.length - shown.size)} more layers`;
    const lines = all.filter((layer) => shown.has(layer)).map((layer) => line(layer, columns, style));
    return rows > 0 ? [...lines, style.dim(cut(more, columns))] : [];
  }
}

/** The first characters of a digest, as everybody writes it. */
export function shortDigest(digest: string): string {
  return printable(digest)
    .replace(/^sha\d+:/, '')
    .slice(0, shortLength);
}

const maxLayers = 512;
const shortLength = 12;
const labels: Record<LayerStage, string> = {
  waiting: 'Waiting',
  downloading: 'Downloading',
  exists: 'Exists',
  verifying: 'Verifying',
  importing: 'Importing',
  pushing: 'Pushing',
  retrying: 'Retrying',
  done: 'Done',
};
const labelWidth = 11;
/** Bars have one length, whatever stands behind them: `1023.9 MB/1023.9 MB`. */
const longestAmount = 19;
const still: readonly LayerStage[] = ['waiting', 'exists', 'done'];
/** Below this many cells a bar says nothing. */
const smallestBar = 10;
const largestBar = 40;

function rank({ stage }: Layer): number {
  if (!still.includes(stage)) return 0;
  return stage === 'waiting' ? 1 : 2;
}

function line(layer: Layer, columns: number, style: Style): string {
  const { stage } = layer;
  const name = shortDigest(layer.digest);
  const label = labels[stage].padEnd(labelWidth);
  const amount = amountOf(layer);
  const room = columns - shortLength - labelWidth - longestAmount - 4;
  const moving = !still.includes(stage) && layer.total > 0;
  const bar = moving && room >= smallestBar ? `${barOf(layer, Math.min(room, largestBar))} ` : '';
  const text = cut(`${name}  ${label} ${bar}${amount}`, columns).trimEnd();
  return still.includes(stage) ? style.dim(text) : text;
}

function barOf({ done, total }: Layer, cells: number): string {
  const inner = cells - 2;
  const filled = Math.min(inner, Math.floor((done / total) * inner));
  const arrow = filled > 0 && filled < inner ? '>' : '';
  return `[${('='.repeat(filled - arrow.length) + arrow).padEnd(inner)}]`;
}

function amountOf({ stage, done, total }: Layer): string {
  if (total === 0) return '';
  const whole = formatBytes(total, 1);
  return still.includes(stage) ? whole : `${formatBytes(Math.min(done, total), 1)}/${whole}`;
}
