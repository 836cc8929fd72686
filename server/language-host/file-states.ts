import type { Engine, EngineEvent, OpenOptions, Project } from '../engine/api.ts';
import type { SandboxState } from '../language/providers.ts';

/** Looked at when a file is opened, each by a socket of its own. */
const MAX_SANDBOXES = 500;

/** What the sandboxes of one version of one file do. */
export class FileStates {
  readonly #states: Map<string, SandboxState>;
  readonly #changed: () => void;
  readonly #closing = new AbortController();
  #project: Project | undefined;
  #following: Disposable | undefined;

  constructor(before: FileStates | undefined, changed: () => void) {
    this.#states = before === undefined ? new Map<string, SandboxState>() : new Map(before.#states);
    this.#changed = changed;
  }

  /** Undefined: not known. */
  of(sandbox: string): SandboxState | undefined {
    return this.#states.get(sandbox);
  }

  async open(engine: Engine, location: OpenOptions): Promise<void> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    this.#project = await engine.openProject({ ...location, signal });
    try {
      signal.throwIfAborted();
      this.#following = await this.#project.follow();
      const names = [...this.#project.model.sandboxes.keys()].slice(0, MAX_SANDBOXES);
      await Promise.all(names.map((name) => this.#look(name, 'running')));
    } finally {
      if (signal.aborted) this.close();
    }
  }

  /** Something happened to a sandbox of that name, of this file or of another one. */
  look(event: EngineEvent): void {
    const { sandbox } = event;
    if (this.#project?.model.sandboxes.has(sandbox) !== true) return;
    const isUp = event.kind !== 'phase' || event.phase === 'running' || event.phase === 'stopping';
    void this.#look(sandbox, isUp ? 'running' : 'starting').catch(() => undefined);
  }

  close(): void {
    this.#closing.abort();
    this.#following?.[Symbol.dispose]();
    void this.#project?.close().catch(() => undefined);
  }

  async #look(name: string, whenUp: SandboxState): Promise<void> {
    const state = await this.#find(name, whenUp);
    if (state === undefined || this.#closing.signal.aborted || this.#states.get(name) === state) return;
    this.#states.set(name, state);
    this.#changed();
  }

  async #find(name: string, whenUp: SandboxState): Promise<SandboxState | undefined> {
    try {
      const running = await this.#project?.find(name, { signal: this.#closing.signal });
      return running === undefined ? 'stopped' : whenUp;
    } catch (error) {
      return isUnresponsive(error) ? 'unresponsive' : undefined;
    }
  }
}

/** By its code: the engine's own test for it would load the engine. */
function isUnresponsive(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UNRESPONSIVE';
}
