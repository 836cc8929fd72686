// One of our output streams with back-pressure and a way to live on when its reader is gone.

import type { Writable } from 'node:stream';

/** Once nobody is waited for any more, output beyond this is dropped instead of kept. */
const hurriedBufferBytes = 1 << 20;

export class Sink {
  readonly #stream: Writable;
  readonly #gone = new AbortController();
  #failure: NodeJS.ErrnoException | undefined;
  /** Writes of which it is not known how they ended: a stream counts as empty a moment before. */
  #unanswered = 0;
  #hurried = false;
  #waiting: (() => void)[] = [];

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#wake());
    stream.on('error', (error) => this.#fail(error));
  }

  /** Why the stream takes nothing any more; EPIPE when its reader is gone. */
  get failure(): NodeJS.ErrnoException | undefined {
    return this.#failure;
  }

  /** Aborted when the stream fails. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when there is room for more, or when the stream will never take any. */
  async write(data: Uint8Array | string): Promise<void> {
    if (this.#failure !== undefined) return;
    if (this.#hurried && this.#stream.writableLength >= hurriedBufferBytes) return;
    this.#unanswered++;
    this.#stream.write(data, (error) => {
      this.#unanswered--;
      if (error) this.#fail(error);
      else this.#wake();
    });
    await this.#until(() => !this.#stream.writableNeedDrain || this.#hurried);
  }

  /** Resolves when the system has taken everything, once hurried at the latest after `withinMs`. */
  async flush(withinMs = 500): Promise<void> {
    let late = false;
    const empty = this.#until(() => this.#unanswered === 0 || late);
    const timer = setTimeout(() => {
      late = this.#hurried;
      this.#wake();
    }, withinMs);
    await empty;
    clearTimeout(timer);
  }

  /** From now on a slow reader is not waited for, nor where a write waits already. */
  hurry(): void {
    this.#hurried = true;
    this.#wake();
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#failure ??= error;
    this.#gone.abort();
    this.#wake();
  }

  async #until(reached: () => boolean): Promise<void> {
    while (this.#failure === undefined && !reached()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
