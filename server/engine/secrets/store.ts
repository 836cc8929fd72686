import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFiles, replaceFile } from '../durable-file.ts';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import { holdLock } from '../file-lock.ts';

/** What the user has given for one secret. */
export interface GivenSecret {
  /** What the guest has in its place: the same as long as the secret is kept. */
  readonly placeholder: string;
  readonly value: string;
  /** In normal form; to no other it is sent. */
  readonly hosts: readonly string[];
}

const FILE = 'values.json';
const LOCK = 'values.lock';
const PLACEHOLDER_BYTES = 16;

/** The values of one Sandboxfile's secrets; the supervisors of its sandboxes read the same file. */
export class SecretStore {
  readonly #folder: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, FILE);
  }

  async read(): Promise<ReadonlyMap<string, GivenSecret>> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return new Map();
      throw fromErrno(error, this.#file, 'SECRETS');
    }
    const secrets = decode(text);
    // No cause: what the parser says quotes the text.
    if (secrets === undefined) throw new SandboxError('SECRETS', { subject: this.#file });
    return secrets;
  }

  put(name: string, value: string, hosts: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#change(signal, (secrets) => {
      const placeholder =
        secrets.get(name)?.placeholder ?? `sandbox_secret_${randomBytes(PLACEHOLDER_BYTES).toString('hex')}`;
      secrets.set(name, { placeholder, value, hosts });
    });
  }

  async remove(name: string, signal?: AbortSignal): Promise<boolean> {
    let found = false;
    await this.#change(signal, (secrets) => {
      found = secrets.delete(name);
    });
    return found;
  }

  async #change(
    signal: AbortSignal | undefined,
    change: (secrets: Map<string, GivenSecret>) => void,
  ): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      using _ = await holdLock(join(this.#folder, LOCK), signal);
      const secrets = new Map(await this.read());
      change(secrets);
      const text = `${JSON.stringify({ secrets: Object.fromEntries(secrets) })}\n`;
      if (await exists(this.#file)) await replaceFile(this.#file, text);
      else await makeFiles(this.#folder, new Map([[FILE, text]]));
    } catch (error) {
      signal?.throwIfAborted();
      throw fromErrno(error, this.#file, 'SECRETS');
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function decode(text: string): ReadonlyMap<string, GivenSecret> | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || !('secrets' in read)) return undefined;
  const { secrets } = read;
  if (typeof secrets !== 'object' || secrets === null) return undefined;
  const entries = Object.entries(secrets);
  return entries.every((entry): entry is [string, GivenSecret] => isGiven(entry[1]))
    ? new Map(entries)
    : undefined;
}

function isGiven(secret: unknown): secret is GivenSecret {
  if (typeof secret !== 'object' || secret === null) return false;
  const texts = ['placeholder', 'value'].every((key) => typeof Reflect.get(secret, key) === 'string');
  const hosts: unknown = Reflect.get(secret, 'hosts');
  return texts && Array.isArray(hosts) && hosts.every((host) => typeof host === 'string');
}
