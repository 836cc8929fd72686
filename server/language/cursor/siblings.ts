import type { Cursor } from './cursor.ts';
import { indentOf, startsDocument } from './chain.ts';
import { lineStart, readLine } from './line.ts';

/** Names of the other keys in the map that the cursor's key is or will be in. */
export function siblingKeys(text: string, cursor: Cursor): ReadonlySet<string> {
  if (cursor.flow) return new Set(cursor.flowKeys);
  const names = new Set<string>();
  const here = lineStart(text, cursor.offset);
  const dash = readLine(text, here).openers.some(
    ({ kind, start }) => kind === 'item' && start < cursor.offset,
  );
  for (let at = here; at > 0 && !dash;) {
    at = lineStart(text, at - 1);
    if (!collect(text, at, cursor.column, names, true)) break;
  }
  for (let at = nextLine(text, here); at < text.length; at = nextLine(text, at)) {
    if (!collect(text, at, cursor.column, names, false)) break;
  }
  return names;
}

/** False when the line ends the map. `above`: a dash may hold the map's first key. */
function collect(text: string, start: number, column: number, names: Set<string>, above: boolean): boolean {
  const indent = indentOf(text, start);
  if (indent === undefined || indent > column) return true;
  if (startsDocument(text, start) || (indent < column && !above)) return false;
  const key = readLine(text, start).openers.find((opener) => opener.kind === 'key');
  if (key?.kind === 'key' && key.column === column) names.add(key.name);
  return indent === column;
}

function nextLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline + 1;
}
