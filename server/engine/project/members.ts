import type { Project as ProjectModel, Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { Fork } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { ForkStore } from '../forks/store.ts';
import type { SandboxContext } from '../lifecycle/context.ts';

/** The sandboxes that a name can mean: those of the Sandboxfile, then its forks. */
export class Members {
  readonly #model: ProjectModel;
  readonly #forks: ForkStore;
  readonly #context: (definition: Definition, forkOf?: string) => SandboxContext;

  constructor(
    model: ProjectModel,
    forks: ForkStore,
    context: (definition: Definition, forkOf?: string) => SandboxContext,
  ) {
    this.#model = model;
    this.#forks = forks;
    this.#context = context;
  }

  /** Throws SANDBOX_UNKNOWN. */
  async one(name: string): Promise<SandboxContext> {
    const found = await this.#find(name);
    if (found === undefined) throw this.#unknown([name]);
    return found;
  }

  /** Default: all. Throws SANDBOX_UNKNOWN with each name that is none. */
  async some(names: readonly string[] | undefined): Promise<readonly SandboxContext[]> {
    if (names === undefined) return this.#all();
    const found = await Promise.all(names.map((name) => this.#find(name)));
    const unknown = names.filter((_, index) => found[index] === undefined);
    if (unknown.length > 0) throw this.#unknown(unknown);
    return found.filter((context) => context !== undefined);
  }

  /** Without those whose names the file has taken since. */
  async forks(): Promise<readonly Fork[]> {
    const all = [...(await this.#forks.all()).values()];
    return all.filter(({ name }) => !this.#model.sandboxes.has(name));
  }

  /** Also forks that are just being made. */
  async followed(): Promise<readonly SandboxContext[]> {
    const names = await this.#forks.recorded();
    const found = await Promise.all(names.map((name) => this.#forks.read(name)));
    return [...this.#own(), ...this.#copies(found.filter((fork) => fork !== undefined))];
  }

  async #all(): Promise<readonly SandboxContext[]> {
    return [...this.#own(), ...this.#copies(await this.forks())];
  }

  #own(): readonly SandboxContext[] {
    return [...this.#model.sandboxes.values()].map((definition) => this.#context(definition));
  }

  #copies(forks: readonly Fork[]): readonly SandboxContext[] {
    return forks
      .filter(({ name }) => !this.#model.sandboxes.has(name))
      .map((fork) => this.#context(fork.definition, fork.parent));
  }

  async #find(name: string): Promise<SandboxContext | undefined> {
    const definition = this.#model.sandboxes.get(name);
    if (definition !== undefined) return this.#context(definition);
    const fork = await this.#forks.get(name);
    return fork === undefined ? undefined : this.#context(fork.definition, fork.parent);
  }

  #unknown(names: readonly string[]): SandboxError {
    return new SandboxError('SANDBOX_UNKNOWN', {
      subject: names.join(', '),
      context: this.#model.origin.file,
    });
  }
}
