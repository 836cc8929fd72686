// Built folders by content key, outside the clone. An entry appears by one rename, so that any number
// of builds may run at once and any of them may be killed.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { cacheRoot } from './paths.ts';

const builds = path.join(cacheRoot, 'build');
const unfinished = '.new-';
const day = 24 * 3600 * 1000;
const keepUnused = 30 * day;
const keepUnfinished = day;

/** The folder of the entry, made by `build` when it does not exist. */
export async function cached(
  name: string,
  key: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const entry = path.join(builds, `${name}-${key}`);
  if (existsSync(entry)) {
    const now = new Date();
    await utimes(entry, now, now);
    return entry;
  }
  await mkdir(builds, { recursive: true });
  const folder = await mkdtemp(path.join(builds, unfinished));
  try {
    await build(folder);
    await publish(folder, entry);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await prune();
  return entry;
}

async function publish(folder: string, entry: string): Promise<void> {
  try {
    await rename(folder, entry);
  } catch (error) {
    // Another build with the same inputs was first; its result is as good.
    if (!existsSync(entry)) throw error;
  }
}

async function prune(): Promise<void> {
  for (const name of await readdir(builds)) {
    const folder = path.join(builds, name);
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > (name.startsWith(unfinished) ? keepUnfinished : keepUnused)) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
