import { printable } from './style.ts';
import type { Style } from './style.ts';

/** Green, blue, red, yellow, magenta, cyan, white. */
const COLOURS = [32, 34, 31, 33, 35, 36, 37];

/** Puts `name | ` before each line, in a colour of its own. */
export function labelled(name: string, index: number, style: Style): (lines: string) => string {
  const label = `${style.paint(COLOURS[index % COLOURS.length] ?? 37, printable(name))} | `;
  return (lines) =>
    lines
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${label}${line}\n`)
      .join('');
}
