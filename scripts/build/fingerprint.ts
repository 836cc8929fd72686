// Says whether files changed: by their metadata first, since that is cheap enough for every start,
// and by content when the metadata differs.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { root } from './paths.ts';

/** A file at one moment. `mark` changes whenever the file was written or replaced. */
export interface Fingerprint {
  readonly file: string;
  readonly mark: string;
}

export async function fingerprint(file: string): Promise<Fingerprint> {
  // Not ctime: it changes when another clone links the same cached file.
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return { file, mark: `${size}:${mtimeNs}:${ino}` };
}

/** All files below the folder that `wanted` accepts, by path. */
export async function fingerprintTree(
  folder: string,
  wanted: (file: string) => boolean,
): Promise<readonly Fingerprint[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  return Promise.all(files.filter(wanted).sort().map(fingerprint));
}

export function markOf(inputs: readonly Fingerprint[]): string {
  const hash = createHash('sha256');
  for (const { file, mark } of inputs) hash.update(`\0${file}\0${mark}`);
  return hash.digest('hex');
}

/** Independent of where the clone is. */
export async function contentKeyOf(inputs: readonly Fingerprint[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { file } of inputs) {
    const content = createHash('sha256');
    await pipeline(createReadStream(file), content);
    hash.update(`\0${portableName(file)}\0`).update(content.digest());
  }
  return hash.digest('hex').slice(0, 32);
}

function portableName(file: string): string {
  const relative = path.relative(root, file);
  return relative.startsWith('..') ? path.basename(file) : relative;
}
