import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

const largest = 64 << 10;

/** Everything below a folder, files with their content unless they are large, to compare two moments. */
export async function treeOf(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    // A database's own files change with every look.
    if (entry.name.startsWith('state.db')) continue;
    const small = entry.isFile() && (await stat(file)).size <= largest;
    found.push(small ? `${name}: ${await readFile(file, 'latin1')}` : name);
  }
  return found.sort();
}
