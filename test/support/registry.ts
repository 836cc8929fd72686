// Debian's docker-registry on loopback: TLS with a certificate of our own making, one user.

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { RegistryProcess } from './registry-process.ts';

const run = promisify(execFile);

export const user = { name: 'tester', password: 'correct horse' } as const;
const login = `${user.name}:${user.password}`;

export class Registry implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  #process: RegistryProcess | undefined;
  #log = '';

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** Empty and running. Everything it makes is in the folder. */
  static async start(folder: string): Promise<Registry> {
    await mkdir(folder);
    const registry = new Registry(folder, await freePort());
    await registry.#makeCertificates();
    const { stdout } = await run('htpasswd', ['-nbBC', '4', user.name, user.password]);
    await writeFile(registry.#file('htpasswd'), stdout);
    await registry.start('storage');
    return registry;
  }

  /** As references name it. */
  get host(): string {
    return `localhost:${String(this.#port)}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Certificate of the authority that signed the registry's. */
  get authority(): string {
    return this.#file('ca.crt');
  }

  /** Requests since the last call, as `GET /v2/app/blobs/sha256:… 200`. */
  takeRequests(): readonly string[] {
    const found = [...this.#log.matchAll(/"([A-Z]+ \S+) HTTP\/[\d.]+" (\d+)/g)];
    this.#log = '';
    return found.map(([, request = '', status = '']) => `${request} ${status}`);
  }

  /** With the images of an earlier start, when the storage is of the same name. */
  async start(storage: string): Promise<void> {
    const config = {
      version: '0.1',
      log: { level: 'info', accesslog: { disabled: false } },
      storage: { filesystem: { rootdirectory: this.#file(storage) }, cache: { blobdescriptor: 'inmemory' } },
      http: {
        addr: `127.0.0.1:${String(this.#port)}`,
        tls: { certificate: this.#file('server.crt'), key: this.#file('server.key') },
      },
      auth: { htpasswd: { realm: 'test', path: this.#file('htpasswd') } },
    };
    this.#process = await RegistryProcess.start(config, this.#file('config.json'), (text) => {
      this.#log += text;
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Puts an image there. `source` is as skopeo names it. */
  async put(source: string, name: string): Promise<void> {
    await this.#skopeo('copy', '--dest-creds', login, source, this.#reference(name));
  }

  /** What skopeo says of an image there. */
  async inspect(name: string): Promise<{ readonly Digest: string; readonly Layers: readonly string[] }> {
    const stdout = await this.#skopeo('inspect', '--creds', login, this.#reference(name));
    return JSON.parse(stdout) as { Digest: string; Layers: string[] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  #reference(name: string): string {
    return `docker://${this.host}/${name}`;
  }

  async #skopeo(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, SSL_CERT_FILE: this.authority };
    return (await run('skopeo', args, { env })).stdout;
  }

  async #makeCertificates(): Promise<void> {
    const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: this.#folder });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    await openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-subj',
      '/CN=test authority',
    );
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
    await openssl('req', '-x509', ...key, ...signed, '-keyout', 'server.key', '-out', 'server.crt', ...name);
  }
}
