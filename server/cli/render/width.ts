// How much room text takes on a terminal.

import { stripVTControlCharacters } from 'node:util';

/** In character cells; colours take none. */
export function width(text: string): number {
  let cells = 0;
  for (const character of stripVTControlCharacters(text)) cells += cellsOf(character);
  return cells;
}

/** The beginning of a text without colours that fits into so many cells. */
export function cut(text: string, cells: number): string {
  let room = cells;
  let end = 0;
  for (const character of text) {
    room -= cellsOf(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/**
 * What is not known to be narrow counts as wide: too short a line does no harm, one that wraps
 * would.
 */
function cellsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  const narrow = code < 0x1100 || (code >= 0x2000 && code < 0x2e80);
  return narrow ? 1 : 2;
}
