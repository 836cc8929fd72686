import { formatSecretHost, plannedSecrets } from '../../sandboxfile/index.ts';
import type { Project as ProjectModel } from '../../sandboxfile/index.ts';
import type { ProjectSecrets, SecretState } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { SecretStore } from './store.ts';

/** As the gateway takes them, which puts them into headers; shorter ones would be found by accident. */
const VALUE = /^[\x20-\x7e]{8,8192}$/;

/** The user's consent is a value for a name and its hosts: what the file says later changes none of it. */
export class GivenSecrets implements ProjectSecrets {
  readonly #model: ProjectModel;
  readonly #store: SecretStore;

  constructor(model: ProjectModel, store: SecretStore) {
    this.#model = model;
    this.#store = store;
  }

  async list(): Promise<readonly SecretState[]> {
    const given = await this.#store.read();
    const wanted = this.#wanted();
    return [...new Set([...wanted.keys(), ...given.keys()])].map((name) => {
      const { sandboxes = [], hosts = [] } = wanted.get(name) ?? {};
      const granted = given.get(name)?.hosts;
      const value =
        granted === undefined
          ? 'missing'
          : hosts.every((host) => granted.includes(host))
            ? 'given'
            : 'other hosts';
      return { name, sandboxes, hosts, value };
    });
  }

  async set(name: string, value: string, signal?: AbortSignal): Promise<void> {
    const wanted = this.#wanted().get(name);
    if (wanted === undefined) {
      throw new SandboxError('SECRET_UNKNOWN', { subject: name, context: this.#model.origin.file });
    }
    if (!VALUE.test(value)) throw new SandboxError('SECRET_VALUE', { subject: name });
    await this.#store.put(name, value, wanted.hosts, signal);
  }

  remove(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.#store.remove(name, signal);
  }

  #wanted(): ReadonlyMap<string, { readonly sandboxes: string[]; readonly hosts: string[] }> {
    const wanted = new Map<string, { sandboxes: string[]; hosts: string[] }>();
    for (const sandbox of this.#model.sandboxes.values()) {
      for (const { name, hosts } of plannedSecrets(sandbox)) {
        const before = wanted.get(name) ?? { sandboxes: [], hosts: [] };
        wanted.set(name, {
          sandboxes: [...before.sandboxes, sandbox.name],
          hosts: [...new Set([...before.hosts, ...hosts.map(formatSecretHost)])],
        });
      }
    }
    return wanted;
  }
}
