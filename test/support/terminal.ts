// A program on a terminal of its own.

import { spawn } from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';

export interface Ended {
  readonly code: number;
  readonly signal: number;
}

export class Terminal implements Disposable {
  readonly #pty: IPty;
  readonly ended: Promise<Ended>;
  #seen = '';
  #hasEnded = false;
  readonly #waiting = new Set<() => void>();

  constructor(
    program: string,
    args: readonly string[],
    options: { cwd: string; cols: number; rows: number },
  ) {
    const env = { ...process.env, TERM: 'xterm' };
    this.#pty = spawn(program, [...args], { ...options, env, name: 'xterm' });
    this.#pty.onData((text) => {
      this.#seen += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#hasEnded = true;
        this.#wake();
        resolve({ code: exitCode, signal: signal ?? 0 });
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** All that was shown so far. */
  get seen(): string {
    return this.#seen;
  }

  write(text: string): void {
    this.#pty.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#pty.resize(cols, rows);
  }

  /** Resolves once a match was shown after `from`; rejects when the program ends without. */
  async waitFor(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#seen.slice(from));
      if (match) return match;
      if (this.#hasEnded)
        throw new Error(`ended without ${pattern}: ${JSON.stringify(this.#seen.slice(from))}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  [Symbol.dispose](): void {
    if (!this.#hasEnded) this.#pty.kill('SIGKILL');
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
