// What the user has agreed to, by digest: files without content in a folder of the workspace, so that no clone agrees
// for another. There before anything of the start is seen; the editor's own memory is written a moment later,
// which a reload may forestall.

import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Old plans are forgotten: a file that changes back is asked about once more. */
const KEPT = 200;

export class Agreed {
  readonly #folder: string | undefined;
  /** Of this window: all there is of it without a folder, or on a full disk. */
  readonly #own = new Set<string>();

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  get digests(): readonly string[] {
    return [...new Set([...this.#kept(), ...this.#own])];
  }

  add(digest: string): void {
    this.#own.add(digest);
    if (this.#folder === undefined) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const file = path.join(this.#folder, digest);
      writeFileSync(file, '', { mode: 0o600 });
      utimesSync(file, new Date(), new Date());
      this.#forgetOldest(this.#folder);
    } catch {
      // It is asked about again in the next window.
    }
  }

  /** In other windows that are open, what was agreed to there stays. */
  forget(): void {
    this.#own.clear();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #kept(): readonly string[] {
    if (this.#folder === undefined) return [];
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #forgetOldest(folder: string): void {
    const files = this.#kept().map((name) => path.join(folder, name));
    if (files.length <= KEPT) return;
    const byAge = files.map((file) => ({ file, at: statSync(file).mtimeMs })).sort((a, b) => b.at - a.at);
    for (const { file } of byAge.slice(KEPT)) rmSync(file, { force: true });
  }
}
