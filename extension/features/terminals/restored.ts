import { window } from 'vscode';
import type { Terminal } from 'vscode';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';

/** The editor's terminals by their processes, also those that it is still bringing back; it does not say when it has. */
export class RestoredTerminals implements Disposable {
  readonly #disposables = new Disposables();
  readonly #known = new Map<number, Terminal>();
  readonly #waiting = new Map<number, (terminal: Terminal) => void>();

  constructor() {
    this.#disposables.add(window.onDidOpenTerminal((terminal) => this.#add(terminal)));
    for (const terminal of window.terminals) this.#add(terminal);
  }

  /** Undefined when it has not come after so long; without that it is waited for while there is a window. */
  async of(pid: number, patienceMs?: number): Promise<Terminal | undefined> {
    const known = this.#known.get(pid);
    if (known !== undefined) return known;
    const { promise, resolve } = Promise.withResolvers<Terminal | undefined>();
    this.#waiting.set(pid, resolve);
    const timer = patienceMs === undefined ? undefined : setTimeout(() => resolve(undefined), patienceMs);
    const terminal = await promise;
    clearTimeout(timer);
    this.#waiting.delete(pid);
    return terminal;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #add(terminal: Terminal): void {
    void Promise.resolve(terminal.processId).then((pid) => {
      if (pid === undefined) return;
      this.#known.set(pid, terminal);
      this.#waiting.get(pid)?.(terminal);
    });
  }
}
