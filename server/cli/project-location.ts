// `-f/--file`: an existing folder, or a path ending in a slash, is the project root; anything
// else is a Sandboxfile in its parent folder. There is no upward search.

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

export interface ProjectLocation {
  /** Absolute. */
  readonly root: string;
  readonly file: string;
}

const defaultFile = 'Sandboxfile';

export async function locateProject(path: string | undefined, cwd: string): Promise<ProjectLocation> {
  if (path === undefined) return { root: cwd, file: defaultFile };
  const absolute = resolve(cwd, path);
  const isFolder = /[/\\]$/.test(path) || (await isDirectory(absolute));
  return isFolder
    ? { root: absolute, file: defaultFile }
    : { root: dirname(absolute), file: basename(absolute) };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
