export interface RememberedOptions<T> {
  /** `signal`: nobody wants it any more, or it took too long. */
  readonly ask: (key: string, signal: AbortSignal) => Promise<T>;
  /** How long an answer counts; an older one is given out while a new one is asked for. */
  readonly freshMs: number;
  /** An answer came. */
  readonly onAnswer?: () => void;
}

/** A registry that has not answered by then is one that does not. */
const DEADLINE_MS = 10_000;
/** For so long a failure is not tried again. */
const FAILED_MS = 30_000;
/** Asked for at once; one more, and the oldest is given up. */
const MAX_ASKED = 3;
const MAX_KNOWN = 200;

interface Known<T> {
  /** Undefined: asking failed. */
  readonly value: T | undefined;
  readonly until: number;
}

interface Asked<T> {
  readonly answer: Promise<T | undefined>;
  readonly giveUp: AbortController;
}

/** Answers by key, each asked for in the background and remembered for a while. */
export class Remembered<T> {
  readonly #options: RememberedOptions<T>;
  readonly #known = new Map<string, Known<T>>();
  readonly #asked = new Map<string, Asked<T>>();
  #closed = false;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  /** At once when it is known; undefined when asking failed. Nobody's abort ends what others wait for. */
  get(key: string): T | undefined | Promise<T | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined && performance.now() < known.until) return known.value;
    const answer = this.#ask(key);
    return known?.value ?? answer;
  }

  close(): void {
    this.#closed = true;
    for (const { giveUp } of this.#asked.values()) giveUp.abort();
  }

  #ask(key: string): Promise<T | undefined> {
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked.answer;
    if (this.#closed) return Promise.resolve(undefined);
    if (this.#asked.size >= MAX_ASKED) {
      const [oldest] = this.#asked;
      if (oldest !== undefined) this.#giveUp(...oldest);
    }
    const giveUp = new AbortController();
    const answer = this.#answer(key, giveUp.signal);
    this.#asked.set(key, { answer, giveUp });
    return answer;
  }

  #giveUp(key: string, { giveUp }: Asked<T>): void {
    this.#asked.delete(key);
    giveUp.abort();
  }

  async #answer(key: string, given: AbortSignal): Promise<T | undefined> {
    const signal = AbortSignal.any([given, AbortSignal.timeout(DEADLINE_MS)]);
    try {
      const value = await this.#options.ask(key, signal);
      this.#remember(key, { value, until: performance.now() + this.#options.freshMs });
      return value;
    } catch {
      // What was known before is better than nothing.
      const value = this.#known.get(key)?.value;
      if (!given.aborted) this.#remember(key, { value, until: performance.now() + FAILED_MS });
      return value;
    } finally {
      if (!given.aborted) this.#asked.delete(key);
      if (!this.#closed) this.#options.onAnswer?.();
    }
  }

  #remember(key: string, known: Known<T>): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const [oldest] of this.#known) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
  }
}
