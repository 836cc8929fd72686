// Debian's docker-registry on loopback, open to everybody, with what skopeo puts into it.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { repository } from './msb.ts';
import { RegistryProcess } from './registry-process.ts';

const run = promisify(execFile);

export class ImageRegistry implements AsyncDisposable {
  /** `localhost:<port>`. */
  readonly host: string;
  readonly #process: RegistryProcess;

  private constructor(host: string, process: RegistryProcess) {
    this.host = host;
    this.#process = process;
  }

  /** Keeps what it has below `folder`. */
  static async start(folder: string): Promise<ImageRegistry> {
    const port = String(await freePort());
    await mkdir(folder, { recursive: true });
    const config = {
      version: '0.1',
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: folder } },
      http: { addr: `127.0.0.1:${port}` },
    };
    const file = path.join(folder, 'config.json');
    return new ImageRegistry(`localhost:${port}`, await RegistryProcess.start(config, file, () => undefined));
  }

  /** Puts the built-in image there under a name with a tag. */
  async push(name: string): Promise<void> {
    const archive = path.join(repository, 'dist', `${process.platform}-${process.arch}`, 'busybox.tar');
    const target = `docker://${this.host}/${name}`;
    await run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci-archive:${archive}`, target]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}
