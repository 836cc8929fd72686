// Sees to it that the events of a project tell of every run, whoever starts or ends it. A run folder
// changes when a supervisor begins to listen; from then on its own stream tells.

import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import type { SandboxContext } from '../lifecycle/context.ts';
import { findRunning } from '../lifecycle/find.ts';

/** One look for a burst of changes, as a start makes them. */
const SETTLE_MS = 30;
/** What has its socket but does not accept yet makes no further change: a few looks more. */
const LOOKS = 20;

export class Follower implements Disposable {
  readonly #members: () => Promise<readonly SandboxContext[]>;
  /** By the names of their run folders. */
  #contexts: ReadonlyMap<string, SandboxContext> = new Map();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #followed = new Set<string>();
  #disposed = false;

  /** `members` is asked again for a run folder that is none of theirs: forks come and go. */
  constructor(members: () => Promise<readonly SandboxContext[]>) {
    this.#members = members;
  }

  /** Resolves when everything that runs has been found. */
  async begin(runFolders: string): Promise<void> {
    await mkdir(runFolders, { recursive: true, mode: 0o700 });
    await this.#load();
    if (this.#disposed) return;
    this.#watch(runFolders, (name) => {
      if (name !== null && this.#contexts.has(name)) this.#changed(name);
      else void this.#load().then(() => this.#changedAll(name));
    });
    await Promise.all([...this.#contexts.keys()].map((folder) => this.#look(folder, 1)));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** What cannot be read now is asked for at the next change. */
  async #load(): Promise<void> {
    const contexts = await this.#members().catch(() => undefined);
    if (contexts === undefined) return;
    this.#contexts = new Map(contexts.map((context) => [basename(context.run.root), context]));
  }

  #changedAll(name: string | null): void {
    for (const each of name === null ? this.#contexts.keys() : [name]) this.#changed(each);
  }

  #watch(path: string, onChange: (name: string | null) => void): void {
    if (this.#disposed || this.#watchers.has(path)) return;
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => onChange(name));
      const forget = (): void => {
        watcher.close();
        this.#watchers.delete(path);
      };
      watcher.on('error', forget);
      this.#watchers.set(path, watcher);
    } catch {
      // It does not exist: the folder above tells when it does.
    }
  }

  #changed(folder: string, attempts = LOOKS): void {
    if (this.#disposed || this.#followed.has(folder) || !this.#contexts.has(folder)) return;
    if (this.#timers.has(folder)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(folder);
      void this.#look(folder, attempts);
    }, SETTLE_MS);
    this.#timers.set(folder, timer.unref());
  }

  async #look(folder: string, attempts: number): Promise<void> {
    const context = this.#contexts.get(folder);
    if (context === undefined || this.#disposed || this.#followed.has(folder)) return;
    this.#watch(context.run.root, () => this.#changed(folder));
    const sandbox = await findRunning(context, 'leave').catch(() => undefined);
    if (sandbox === undefined) {
      if (attempts > 1) this.#changed(folder, attempts - 1);
      return;
    }
    this.#followed.add(folder);
    void sandbox.ended.then(() => {
      this.#followed.delete(folder);
      // The next run may have begun before this one's end was told.
      this.#changed(folder);
    });
  }
}
