import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from './place.ts';

export type Leftover = string;

/** Sockets, temporary files and half-written files of a place where nothing runs. */
export async function openFiles(place: Place): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const entry of await readdir(place.root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isSocket()) found.push(`socket ${file}`);
    else if (entry.parentPath === place.temporary) found.push(`temporary ${file}`);
    else if (entry.isFile() && /\.(tmp|partial)|^\.tmp|~$/.test(entry.name))
      found.push(`half-written ${file}`);
  }
  return found;
}
