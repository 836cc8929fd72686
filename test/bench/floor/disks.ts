// The disks of the floor's VMs.

import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { homeAt } from '../../../server/engine/layout.ts';
import { packGuest } from '../../support/guest-disk.ts';

export class FloorDisks implements AsyncDisposable {
  readonly folder: string;
  readonly agent: string;
  /** The root file system that the product has made of its own image. */
  readonly image: string;

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.image = image;
    this.agent = path.join(folder, 'agent.img');
  }

  /** `home` is one where the product has run its own image, and no other. */
  static async create(home: string): Promise<FloorDisks> {
    const images = path.join(homeAt(home).images, 'sha256');
    const [digest = ''] = await readdir(images);
    const folder = await mkdtemp(path.join(tmpdir(), 'floor-'));
    const disks = new FloorDisks(folder, path.join(images, digest, 'root.erofs'));
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
