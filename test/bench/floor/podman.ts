// The peer: a container of the same image, started by podman with nothing shared with the user's own.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { assetsIn, defaultAssetFolder } from '../../../server/engine/machine/assets.ts';
import { timed } from '../../support/statistics.ts';

const run = promisify(execFile);

export class Podman {
  readonly #options: readonly string[];
  readonly #image: string;

  private constructor(options: readonly string[], image: string) {
    this.#options = options;
    this.#image = image;
  }

  /** What keeps podman from running here, instead of it, when something does. */
  static async create(folder: string): Promise<Podman | string> {
    const [root, runroot] = [path.join(folder, 'podman'), path.join(folder, 'podman-run')];
    await Promise.all([mkdir(root), mkdir(runroot)]);
    // With runc, because crun refuses some hosts' cgroups.
    const options = ['--root', root, '--runroot', runroot, '--runtime', 'runc'];
    try {
      const { busybox } = assetsIn(defaultAssetFolder());
      const { stdout } = await run('podman', [...options, 'load', '--quiet', '--input', busybox]);
      const image = stdout.trim().split(' ').at(-1) ?? '';
      const podman = new Podman(options, image);
      await podman.firstLine();
      return podman;
    } catch (error) {
      return String(error);
    }
  }

  /** Milliseconds from `podman run --rm` to its end. */
  firstLine(): Promise<number> {
    return timed(async () => {
      const { stdout } = await run('podman', [
        ...this.#options,
        'run',
        '--rm',
        '--network=none',
        // Its own are beyond what some hosts allow.
        '--ulimit=nofile=1024:1024',
        '--ulimit=nproc=1024:1024',
        this.#image,
        'echo',
        'first line',
      ]);
      if (stdout !== 'first line\n') throw new Error(`podman printed ${JSON.stringify(stdout)}`);
    });
  }
}
