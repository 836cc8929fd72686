// Ctrl+C and its relatives. Until someone takes over, the first signal aborts `signal`, and what was
// begun is undone. The third ends the process at once, whatever it does then.

import { constants } from 'node:os';

export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const interruptSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Called for each signal with its running number, 1 for the first. */
type InterruptListener = (signal: InterruptSignal, count: number) => void;

/** The reason of an abort that the user asked for. Not an error: it is never printed. */
class Interrupted extends Error {
  readonly signal: InterruptSignal;

  constructor(signal: InterruptSignal) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

export class Interrupts {
  readonly #abort = new AbortController();
  #received: InterruptSignal | undefined;
  #count = 0;
  #listener: InterruptListener | undefined;
  #outlivesTerminal: boolean;
  #hangupWaits: () => boolean = () => false;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    // Set by bin/msb when it was started to ignore SIGHUP; for this process only.
    this.#outlivesTerminal = env['MSB_NOHUP'] !== undefined;
    delete env['MSB_NOHUP'];
    for (const signal of interruptSignals) process.on(signal, () => this.raise(signal));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The first signal that came. */
  get received(): InterruptSignal | undefined {
    return this.#received;
  }

  /** The work goes on in the background: from here on it does not matter that the terminal closes. */
  outliveTerminal(): void {
    this.#outlivesTerminal = true;
  }

  /** While `waits` holds, what was begun is not undone because the terminal closes: whoever takes over hears of it. */
  holdHangup(waits: () => boolean): void {
    this.#hangupWaits = waits;
  }

  raise(signal: InterruptSignal): void {
    if (signal === 'SIGHUP' && this.#outlivesTerminal) return;
    this.#received ??= signal;
    if (signal === 'SIGHUP' && this.#listener === undefined && this.#hangupWaits()) return;
    this.#count += 1;
    if (this.#count >= exitAtOnceAt) process.exit(exitCodeOf(this.#received));
    if (this.#listener === undefined) this.#abort.abort(new Interrupted(this.#received));
    else this.#listener(signal, this.#count);
  }

  /** From here on signals go to `listener`, also one that came already; to whom they went before once that is disposed of. */
  takeOver(listener: InterruptListener): Disposable {
    const before = this.#listener;
    this.#listener = listener;
    if (this.#received !== undefined) listener(this.#received, this.#count);
    return {
      [Symbol.dispose]: () => {
        this.#listener = before;
      },
    };
  }
}

const exitAtOnceAt = 3;

export function exitCodeOf(signal: InterruptSignal): number {
  return 128 + constants.signals[signal];
}
