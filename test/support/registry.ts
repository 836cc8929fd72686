// Debian's docker-registry on loopback: TLS with a certificate of our own making, one user.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { waitForText } from './msb.ts';

const run = promisify(execFile);

export const user = { name: 'tester', password: 'correct horse' } as const;
const login = `${user.name}:${user.password}`;

export class Registry implements AsyncDisposable {
  readonly #folder: string;
  readonly #port: number;
  #end: () => Promise<void> = () => Promise.resolve();
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
    const file = this.#file('config.json');
    await writeFile(file, JSON.stringify(config));
    // It is no process of the product's home.
    const { MENV_HOME: _, ...env } = process.env;
    // JSON is YAML.
    const child = spawn('docker-registry', ['serve', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, OTEL_TRACES_EXPORTER: 'none' },
    });
    const ended = once(child, 'close');
    this.#end = async () => {
      child.kill();
      await ended;
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    await waitForText(child.stderr, 'listening on');
    child.stderr.resume();
  }

  async stop(): Promise<void> {
    await this.#end();
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
