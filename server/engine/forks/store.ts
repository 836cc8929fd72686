// The forks of one Sandboxfile, a small file each below `menv/forks/`. Only the holder of its lock
// makes and removes any, so that names are chosen once, and what a killed holder left can be told from
// what is under way.

import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Fork } from '../api.ts';
import { makeFiles } from '../durable-file.ts';
import { errnoOf, fromErrno } from '../errors/index.ts';
import { holdLock } from '../file-lock.ts';
import type { ProjectFolder } from '../layout.ts';
import { readTextFile } from '../text-file.ts';
import { decodeFork } from './record.ts';

/** Of one Sandboxfile. */
export const MAX_FORKS = 256;

const ENDING = '.json';

export class ForkStore {
  readonly #root: string;
  readonly #folder: ProjectFolder;

  constructor(root: string, folder: ProjectFolder) {
    this.#root = root;
    this.#folder = folder;
  }

  /** By name, oldest first. One that has no disk yet is not there yet, or never came to be. */
  async all(): Promise<ReadonlyMap<string, Fork>> {
    const found = await Promise.all((await this.recorded()).map((name) => this.get(name)));
    const forks = found.filter((fork) => fork !== undefined);
    forks.sort((a, b) => a.at.getTime() - b.at.getTime() || a.name.localeCompare(b.name, 'en', NUMERIC));
    return new Map(forks.map((fork) => [fork.name, fork]));
  }

  async get(name: string): Promise<Fork | undefined> {
    const fork = await this.read(name);
    return fork !== undefined && (await this.#hasDisk(name)) ? fork : undefined;
  }

  /** Also of one that has no disk. */
  async read(name: string): Promise<Fork | undefined> {
    const path = this.#folder.forks.record(name);
    // A name that leads elsewhere is nobody's.
    if (basename(path) !== `${name}${ENDING}`) return undefined;
    try {
      return decodeFork(this.#root, name, await readTextFile(path));
    } catch {
      return undefined;
    }
  }

  /** Names of all records, whatever became of them. */
  async recorded(): Promise<readonly string[]> {
    return (await entries(this.#folder.forks.records))
      .filter((entry) => entry.endsWith(ENDING))
      .slice(0, MAX_FORKS)
      .map((entry) => basename(entry, ENDING));
  }

  /** Those that have no disk: of calls that were killed, when no other is under way. */
  async unfinished(): Promise<readonly Fork[]> {
    const found: Fork[] = [];
    for (const name of await this.recorded()) {
      const fork = (await this.#hasDisk(name)) ? undefined : await this.read(name);
      if (fork !== undefined) found.push(fork);
    }
    return found;
  }

  /** Records by name. Durable when it resolves. The lock is held. */
  async put(records: ReadonlyMap<string, string>): Promise<void> {
    const { records: folder } = this.#folder.forks;
    try {
      await makeFiles(folder, new Map([...records].map(([name, text]) => [`${name}${ENDING}`, text])));
    } catch (error) {
      throw fromErrno(error, folder, 'PROJECT_UNREADABLE');
    }
  }

  /** Whether something of a sandbox of this name is left, which a fork must not take over. */
  async isTaken(name: string): Promise<boolean> {
    const own = [this.#folder.snapshots(name), this.#folder.saved(name), this.#folder.forks.record(name)];
    return (await this.#hasDisk(name)) || (await Promise.all(own.map(exists))).includes(true);
  }

  /** Where the forks of one call go on from; the folder around it exists while the lock is held. */
  seed(id: string): string {
    return join(this.#folder.forks.seeds, id);
  }

  /** Removes what calls that were killed were to go on from. The lock is held. */
  async sweepSeeds(): Promise<void> {
    for (const name of await entries(this.#folder.forks.seeds)) {
      await rm(this.seed(name), { recursive: true, force: true });
    }
  }

  async lock(signal?: AbortSignal): Promise<Disposable> {
    const { lock, records, seeds } = this.#folder.forks;
    try {
      for (const folder of [records, seeds, dirname(lock)]) await mkdir(folder, { recursive: true });
      return await holdLock(lock, signal);
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw fromErrno(error, lock, 'PROJECT_UNREADABLE');
    }
  }

  async #hasDisk(name: string): Promise<boolean> {
    return (await exists(this.#folder.diskLayers(name))) || (await exists(this.#folder.disk(name)));
  }
}

const NUMERIC = { numeric: true } as const;

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw fromErrno(error, folder, 'PROJECT_UNREADABLE');
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
