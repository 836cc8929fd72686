/** Shortest pause in typing after which a file is checked. */
const SHORTEST_MS = 60;
/** The first reading of a large file takes a second, those after an edit do not. */
const LONGEST_MS = 300;

/** Work by key that starts once nothing asked for it again for a while. */
export class Debounce {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `lastMs`: how long the work took before; slow work waits for longer pauses. */
  schedule(key: string, lastMs: number, work: () => void): void {
    clearTimeout(this.#timers.get(key));
    const timer = setTimeout(
      () => {
        this.#timers.delete(key);
        work();
      },
      Math.min(LONGEST_MS, Math.max(SHORTEST_MS, 2 * lastMs)),
    );
    this.#timers.set(key, timer);
  }

  cancel(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
