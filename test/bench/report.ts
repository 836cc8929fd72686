import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Bar, Figure } from './figure.ts';

const widths = [42, 12, 12, 8, 10, 6, 12, 12];

export function headline(): string {
  return row(['figure', 'value', 'floor', 'ratio', 'bar', 'n', 'p50', 'p95']);
}

export function line(figure: Figure): string {
  const { name, unit, value, floor, ratio, bar, samples, meetsBar } = figure;
  const columns = row([
    name,
    `${digits(value)} ${unit}`,
    floor ? `${digits(floor.value)} ${unit}` : '-',
    ratio === undefined ? '-' : ratio.toFixed(2),
    bar === undefined ? '-' : limit(bar),
    String(samples.n),
    digits(samples.p50),
    digits(samples.p95),
  ]);
  return meetsBar ? columns : `${columns} OVER THE BAR`;
}

export function json(figures: readonly Figure[]): string {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
    load: loadavg(),
  };
  return JSON.stringify({ machine, figures }, undefined, 2);
}

function limit(bar: Bar): string {
  const sign = bar.direction === 'at most' ? '<=' : '>=';
  return `${sign} ${bar.limit}${bar.of === 'ratio' ? ' x' : ''}`;
}

function row(columns: readonly string[]): string {
  return columns
    .map((text, index) => (index === 0 ? text.padEnd(42) : text.padStart(widths[index] ?? 0)))
    .join(' ');
}

function digits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
