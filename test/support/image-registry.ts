// A real registry on a port of the loopback interface, with what skopeo puts into it.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { repository } from './msb.ts';

export class ImageRegistry implements AsyncDisposable {
  /** `localhost:<port>`. */
  readonly host: string;
  readonly #child: ChildProcess;

  private constructor(host: string, child: ChildProcess) {
    this.host = host;
    this.#child = child;
  }

  /** Keeps what it has below `folder`. */
  static async start(folder: string): Promise<ImageRegistry> {
    const port = await freePort();
    const host = `localhost:${String(port)}`;
    await mkdir(folder, { recursive: true });
    const config = path.join(folder, 'config.yml');
    await writeFile(
      config,
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${JSON.stringify(folder)}}}\n` +
        `http: {addr: "127.0.0.1:${String(port)}"}\n`,
    );
    // It is no process of the product's home.
    const { MENV_HOME: _, ...env } = process.env;
    const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore', env });
    const ended = once(child, 'exit');
    const registry = new ImageRegistry(host, child);
    while (!(await registry.#answers())) {
      if (child.exitCode !== null) throw new Error(`the registry has ended: ${String(await ended)}`);
    }
    return registry;
  }

  /** Puts the built-in image there under a name with a tag. */
  async push(name: string): Promise<void> {
    const archive = path.join(repository, 'dist', `${process.platform}-${process.arch}`, 'busybox.tar');
    const args = ['copy', '--quiet', '--dest-tls-verify=false', `oci-archive:${archive}`];
    const child = spawn('skopeo', [...args, `docker://${this.host}/${name}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`skopeo ended with ${String(code)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`http://${this.host}/v2/`)).ok;
    } catch {
      return false;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
