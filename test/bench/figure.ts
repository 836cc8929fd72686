import { summarize } from '../support/statistics.ts';
import type { Summary } from '../support/statistics.ts';

export type Unit = 'ms' | 's' | 'MB/s' | 'files/s' | 'KiB' | 'MiB' | '%' | 'x' | 'requests';

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly value: number;
  readonly samples: Summary;
  readonly floor?: { readonly value: number; readonly samples: Summary };
  /** Value by floor. */
  readonly ratio?: number;
  /** None for a part of another figure. */
  readonly bar?: Bar;
  readonly meetsBar: boolean;
}

export interface Bar {
  /** What is held against the limit. */
  readonly of: 'ratio' | 'value';
  readonly limit: number;
  readonly direction: 'at most' | 'at least';
}

/** A figure with a floor that was measured beside it. */
export function compared(
  name: string,
  unit: Unit,
  pick: 'p50' | 'p95',
  measured: readonly number[],
  floor: readonly number[],
  bar: Omit<Bar, 'of'>,
): Figure {
  const samples = summarize(measured);
  const below = summarize(floor);
  const ratio = samples[pick] / below[pick];
  return {
    name,
    unit,
    value: samples[pick],
    samples,
    floor: { value: below[pick], samples: below },
    ratio,
    bar: { of: 'ratio', ...bar },
    meetsBar: meets(ratio, bar),
  };
}

/** A figure that stands for itself; with several samples their median. */
export function absolute(
  name: string,
  unit: Unit,
  measured: readonly number[],
  bar: Omit<Bar, 'of'>,
): Figure {
  const samples = summarize(measured);
  return {
    name,
    unit,
    value: samples.p50,
    samples,
    bar: { of: 'value', ...bar },
    meetsBar: meets(samples.p50, bar),
  };
}

/** A part of another figure, to see where that comes from. */
export function part(name: string, unit: Unit, measured: readonly number[]): Figure {
  const samples = summarize(measured);
  return { name: `  ${name}`, unit, value: samples.p50, samples, meetsBar: true };
}

function meets(value: number, bar: Omit<Bar, 'of'>): boolean {
  return bar.direction === 'at most' ? value <= bar.limit : value >= bar.limit;
}
