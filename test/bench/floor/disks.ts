// The disks of the floor's VMs.

import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../../scripts/build/command.ts';
import { findGo } from '../../../scripts/build/go.ts';
import { native } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';

export class FloorDisks implements AsyncDisposable {
  readonly folder: string;
  readonly agent: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.agent = path.join(folder, 'agent.img');
  }

  /** Packs rawguest with the tool that packs the product's agent. */
  static async create(): Promise<FloorDisks> {
    const disks = new FloorDisks(await mkdtemp(path.join(tmpdir(), 'floor-')));
    try {
      const go = await findGo();
      const rawguest = path.join(disks.folder, 'rawguest');
      await go.build('./cmd/rawguest', rawguest, { goos: 'linux', arch: hostPlatform().arch });
      // The relay of volumes and a shell have their places on the disk; the least guest has none to start.
      const inputs = ['--input', rawguest, '--input', rawguest, '--input', rawguest];
      const args = ['run', './cmd/assets', 'agent-disk', ...inputs, '--out', disks.agent];
      await run(go.program, args, { cwd: native, env: go.environment() });
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
