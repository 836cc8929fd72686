import { mkdir, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Folders that a start makes, so that one that is refused can take back what is its own. */
export class NewFolders {
  readonly #made: string[] = [];

  /** As `mkdir` with its parents. */
  async make(path: string, mode = 0o777): Promise<void> {
    const topmost = await mkdir(path, { recursive: true, mode });
    if (topmost === undefined) return;
    const made = [path];
    for (let each = path; each !== topmost;) made.push((each = dirname(each)));
    this.#made.push(...made);
  }

  has(path: string): boolean {
    return this.#made.includes(path);
  }

  /** What has content by now is somebody's and stays. */
  async takeBack(): Promise<void> {
    const deepestFirst = [...new Set(this.#made)].sort((a, b) => b.length - a.length);
    for (const folder of deepestFirst) await rmdir(folder).catch(() => undefined);
  }
}
