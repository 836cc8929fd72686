import { width } from './width.ts';

const gap = 3;

/** Rows of equally many cells as columns that are as wide as their widest cell. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const [header = []] = rows;
  const widths = header.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell) + gap))
      .join('')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
