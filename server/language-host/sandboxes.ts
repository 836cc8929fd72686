import path from 'node:path';
import type { Engine, EngineEvent } from '../engine/api.ts';
import type { SandboxProvider, SandboxState } from '../language/providers.ts';
import { FileStates } from './file-states.ts';

/** Events come in bursts; one word for each is enough. */
const SETTLE_MS = 50;

/** What the sandboxes of open files do, as the engine's events tell. */
export class EngineSandboxes implements SandboxProvider {
  readonly #engine: () => Promise<Engine>;
  readonly #files = new Map<string, FileStates>();
  readonly #listeners: (() => void)[] = [];
  #events: Promise<Disposable> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: () => Promise<Engine>) {
    this.#engine = engine;
  }

  state(file: string, sandbox: string): SandboxState | undefined {
    const known = this.#files.get(file);
    if (known !== undefined) return known.of(sandbox);
    this.#follow(file);
    return undefined;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  saved(file: string): void {
    if (this.#files.has(file)) this.#follow(file);
  }

  closed(file: string): void {
    this.#files.get(file)?.close();
    this.#files.delete(file);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    for (const file of [...this.#files.keys()]) this.closed(file);
    await this.#events?.then(
      (events) => events[Symbol.dispose](),
      () => undefined,
    );
  }

  /** Until the newest text is known, what was known of an older one counts. */
  #follow(file: string): void {
    const before = this.#files.get(file);
    const location = { root: path.dirname(file), file: path.basename(file) };
    const states = new FileStates(before, () => this.#changed());
    this.#files.set(file, states);
    this.#events ??= this.#engine().then((engine) => engine.onEvent((event) => this.#tell(event)));
    this.#events
      .then(this.#engine)
      .then((engine) => states.open(engine, location))
      // A file that does not open, and a host without the engine's parts, have no states.
      .catch(() => undefined)
      .finally(() => before?.close());
  }

  #tell(event: EngineEvent): void {
    if (event.kind !== 'phase' && event.kind !== 'stopped' && event.kind !== 'failed') return;
    for (const file of this.#files.values()) file.look(event);
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const listener of this.#listeners) listener();
    }, SETTLE_MS);
  }
}
