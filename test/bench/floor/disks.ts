// The disks of the floor's VMs.

import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { packGuest } from '../../support/guest-disk.ts';

export class FloorDisks implements AsyncDisposable {
  readonly folder: string;
  readonly agent: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.agent = path.join(folder, 'agent.img');
  }

  static async create(): Promise<FloorDisks> {
    const disks = new FloorDisks(await mkdtemp(path.join(tmpdir(), 'floor-')));
    try {
      await packGuest('rawguest', disks.folder);
      return disks;
    } catch (error) {
      await disks[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Of the size of a sandbox's disk; nothing is ever read from it. */
  async makeChanges(file: string): Promise<string> {
    await writeFile(file, '');
    await truncate(file, 64 * 2 ** 30);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
