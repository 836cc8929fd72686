// The host's files as a trusted workspace sees them. Nothing here is asked while it is not trusted.

import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileProvider, FolderEntry } from '../providers.ts';

/** Bytes. */
const MAX_FILE = 8 * 1024 * 1024;
const MAX_ENTRIES = 2000;
/** Whether a path is there is asked for each volume after each edit; for so long one answer counts. */
const FRESH_MS = 2000;
const MAX_REMEMBERED = 20_000;

export class HostFiles implements FileProvider {
  readonly #folders: () => readonly string[];
  readonly #known = new Map<string, { readonly there: boolean | undefined; readonly at: number }>();

  /** `folders`: the workspace's. */
  constructor(folders: () => readonly string[]) {
    this.#folders = folders;
  }

  /** Only of folders within the workspace. */
  async list(folder: string): Promise<readonly FolderEntry[] | undefined> {
    if (!this.#folders().some((root) => isWithin(folder, root))) return undefined;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    return entries?.slice(0, MAX_ENTRIES).map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
  }

  /** Undefined: the system does not say. */
  exists(file: string): boolean | undefined | Promise<boolean | undefined> {
    const known = this.#known.get(file);
    const isFresh = known !== undefined && performance.now() - known.at < FRESH_MS;
    return isFresh ? known.there : this.#look(file);
  }

  /** Undefined: no regular file of UTF-8 text that can be read. */
  async read(file: string): Promise<string | undefined> {
    try {
      // Without O_NONBLOCK a pipe of that name would hold us until somebody writes to it.
      await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
      const about = await handle.stat();
      if (!about.isFile() || about.size > MAX_FILE) return undefined;
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await handle.readFile());
    } catch {
      return undefined;
    }
  }

  /** Changes whenever the file is written or replaced; undefined: there is none. */
  async mark(file: string): Promise<string | undefined> {
    const about = await stat(file, { bigint: true }).catch(() => undefined);
    return about && `${about.ino} ${about.size} ${about.mtimeNs}`;
  }

  /** Something on the host changed. */
  forget(): void {
    this.#known.clear();
  }

  async #look(file: string): Promise<boolean | undefined> {
    const there = await stat(file).then(() => true, whetherMissing);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(file, { there, at: performance.now() });
    return there;
  }
}

export function isWithin(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

function whetherMissing(error: unknown): false | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' ? false : undefined;
}
