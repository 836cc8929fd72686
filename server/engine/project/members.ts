import type { Project as ProjectModel, Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { Fork } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { ForkStore } from '../forks/store.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { leftRunning } from './left-running.ts';

/** The sandboxes that a name can mean: those of the Sandboxfile, then its forks, then what it named when they began to run. */
export class Members {
  readonly #model: ProjectModel;
  readonly #forks: ForkStore;
  readonly #disks: string;
  readonly #context: (definition: Definition, forkOf?: string) => SandboxContext;

  constructor(
    model: ProjectModel,
    forks: ForkStore,
    disks: string,
    context: (definition: Definition, forkOf?: string) => SandboxContext,
  ) {
    this.#model = model;
    this.#forks = forks;
    this.#disks = disks;
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

  /** As `one`, for what can be done with any that runs. */
  async reachable(name: string): Promise<SandboxContext> {
    const [found] = await this.allReachable([name]);
    if (found === undefined) throw this.#unknown([name]);
    return found;
  }

  /** As `some`, for what can be done with any that runs. */
  async allReachable(names: readonly string[] | undefined): Promise<readonly SandboxContext[]> {
    const left = await this.#left();
    if (names === undefined) return [...(await this.#all()), ...left];
    const isLeft = new Set(left.map(({ name }) => name));
    const others = await this.some(names.filter((name) => !isLeft.has(name)));
    return [...others, ...left.filter(({ name }) => names.includes(name))];
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
    const forks = found.filter((fork) => fork !== undefined);
    return [...this.#own(), ...this.#copies(forks), ...(await this.#left())];
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

  async #left(): Promise<readonly SandboxContext[]> {
    const forks = new Set(await this.#forks.recorded());
    const isKnown = (name: string): boolean => this.#model.sandboxes.has(name) || forks.has(name);
    return leftRunning(this.#disks, isKnown, (definition) => this.#context(definition));
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
