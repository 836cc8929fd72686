// A private home and project below one short folder: nothing that a test does touches anything else,
// and whatever it leaves behind can be found.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openFiles, type Leftover } from './leftovers.ts';
import { processesOf } from './processes.ts';
import { templatesMade } from './templates.ts';

const endingMs = 60_000;
const pollMs = 20;

export class Place implements AsyncDisposable {
  readonly root: string;
  /** MENV_HOME of everything the test starts. */
  readonly home: string;
  readonly project: string;
  /** TMPDIR of everything the test starts; has to be empty afterwards. */
  readonly temporary: string;

  private constructor(root: string) {
    this.root = root;
    this.home = path.join(root, 'home');
    this.project = path.join(root, 'project');
    this.temporary = path.join(root, 'tmp');
  }

  /** Also sets this process's environment, which an engine made in it reads. */
  static async create(sandboxfile?: string): Promise<Place> {
    // Realpath: the product names sandboxes by it.
    const place = new Place(await mkdtemp(path.join(tmpdir(), 'vm-')));
    await Promise.all([mkdir(place.home), mkdir(place.project), mkdir(place.temporary)]);
    if (sandboxfile !== undefined) await place.write(sandboxfile);
    Object.assign(process.env, place.environment);
    return place;
  }

  get environment(): Readonly<Record<string, string>> {
    // In a new home `auto` would boot a guest first, each time.
    return { MENV_HOME: this.home, TMPDIR: this.temporary, MENV_VMM: 'qemu' };
  }

  async write(sandboxfile: string): Promise<void> {
    await writeFile(path.join(this.project, 'Sandboxfile'), sandboxfile);
  }

  /** One line for each process, socket and temporary file that has no business here any more. */
  async leftovers(): Promise<readonly Leftover[]> {
    await templatesMade(this.home);
    return [...(await this.running()), ...(await openFiles(this))];
  }

  /** Processes that stay: one that is ending, as a supervisor whose failure has been answered, is given a moment. */
  async running(): Promise<readonly Leftover[]> {
    const end = performance.now() + endingMs;
    let found = await processesOf(this.home);
    while (found.length > 0 && performance.now() < end) {
      await delay(pollMs);
      found = await processesOf(this.home);
    }
    return found.map(({ pid, command }) => `process ${pid}: ${command}`);
  }

  /** Ends what still runs, so that one failed test does not spoil the next. */
  async endProcesses(): Promise<void> {
    for (const { pid } of await processesOf(this.home)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Ended by itself meanwhile.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endProcesses();
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}
