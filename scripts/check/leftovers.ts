// Whatever the suite started has to be gone when it ends. Everything it starts inherits a mark in its
// environment and keeps its files in one temporary folder, so nothing of anybody else is ever touched.

import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { holdsFilesOf } from './open-files.ts';

const markName = 'SANDBOXFILE_TEST_RUN';

export class Playground {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.folder = folder;
    this.environment = {
      ...process.env,
      [markName]: folder,
      TMPDIR: folder,
      MENV_HOME: path.join(folder, 'home'),
    };
  }

  static async create(): Promise<Playground> {
    return new Playground(await mkdtemp(path.join(tmpdir(), 'sandboxfile-test-')));
  }

  /** Ends and deletes what is left and says what it was. */
  async clear(): Promise<readonly string[]> {
    const found = [...(await this.#processes()), ...(await this.#files())];
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
    return found;
  }

  async #processes(): Promise<readonly string[]> {
    if (process.platform !== 'linux') return [];
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const marked = environment.split('\0').includes(`${markName}=${this.folder}`);
      // A VMM in its jail has no mark, but files of the folder.
      if (!marked && !(await holdsFilesOf(pid, this.folder))) continue;
      const program = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
      // A process without a program has ended and waits to be reaped.
      if (program === undefined) continue;
      found.push(`process ${pid}: ${program}`);
      process.kill(Number(pid), 'SIGKILL');
    }
    return found;
  }

  async #files(): Promise<readonly string[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isSocket() || (entry.parentPath === this.folder && entry.name !== 'home'))
      .map((entry) => `file ${path.join(entry.parentPath, entry.name)}`);
  }
}
