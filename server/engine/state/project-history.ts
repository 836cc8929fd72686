import { SandboxError } from '../errors/index.ts';
import { History } from './history.ts';
import type { RunRecord } from './history.ts';

/**
 * The history of one Sandboxfile's runs as far as it can be had. Nothing a user asks for depends on
 * it: a `state.db` that is locked, broken or newer costs the history and one warning, never a run.
 */
export class ProjectHistory {
  readonly #path: string;
  readonly #file: string;
  readonly #warn: (error: SandboxError) => void;
  #opening: Promise<History | undefined> | undefined;
  #warned = false;

  constructor(path: string, file: string, warn: (error: SandboxError) => void) {
    this.#path = path;
    this.#file = file;
    this.#warn = warn;
  }

  /** Durable when it resolves, unless the history is not available. */
  async record(sandbox: string, run: RunRecord): Promise<void> {
    await this.#use((history) => {
      history.record(this.#file, sandbox, run);
    });
  }

  /** All runs of a sandbox. */
  async forget(sandbox: string): Promise<void> {
    await this.#use((history) => {
      history.forget(this.#file, sandbox);
    });
  }

  async lastRuns(): Promise<ReadonlyMap<string, RunRecord>> {
    return (await this.#use((history) => history.lastRuns(this.#file))) ?? new Map<string, RunRecord>();
  }

  /** Opens the database ahead of its first use. */
  async prepare(): Promise<void> {
    await this.#use(() => undefined);
  }

  async close(): Promise<void> {
    const history = await this.#opening;
    this.#opening = Promise.resolve(undefined);
    history?.[Symbol.dispose]();
  }

  async #use<T>(use: (history: History) => T): Promise<T | undefined> {
    this.#opening ??= this.#open();
    const history = await this.#opening;
    try {
      return history === undefined ? undefined : use(history);
    } catch (error) {
      this.#unavailable(error);
      return undefined;
    }
  }

  async #open(): Promise<History | undefined> {
    try {
      return await History.open(this.#path);
    } catch (error) {
      this.#unavailable(error);
      return undefined;
    }
  }

  #unavailable(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const known = error instanceof SandboxError;
    this.#warn(known ? error : new SandboxError('STATE_DB', { subject: this.#path, cause: error }));
  }
}
