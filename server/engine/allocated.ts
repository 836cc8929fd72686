import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Of `stat`, whatever the file system's are. */
const BLOCK = 512;

export interface Allocated {
  /** What a folder's files take of the disk. */
  readonly bytes: number;
  /** Of that, what no other folder has too. */
  readonly ownBytes: number;
}

/** Undefined: there is no file in it. */
export async function allocatedIn(folder: string): Promise<Allocated | undefined> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  const there = files.filter((file) => file !== undefined);
  if (there.length === 0) return undefined;
  return {
    bytes: there.reduce((sum, { blocks }) => sum + blocks * BLOCK, 0),
    ownBytes: there.reduce((sum, { blocks, nlink }) => sum + (nlink === 1 ? blocks * BLOCK : 0), 0),
  };
}
