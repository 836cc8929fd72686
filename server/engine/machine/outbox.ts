/**
 * The sending half of a stream call: `send` waits until the transport took the message and wants the
 * next one, which is what carries the other side's flow control to the caller.
 */
export class Outbox<T> implements AsyncIterable<T> {
  #waiting: Entry<T>[] = [];
  #taken: Entry<T> | undefined;
  #wake: (() => void) | undefined;
  #ended = false;
  #failure: Error | undefined;

  /** Rejects when the stream is over before the message left. */
  send(message: T): Promise<void> {
    if (this.#ended || this.#failure !== undefined) {
      return Promise.reject(this.#failure ?? new Error('the stream was ended'));
    }
    return new Promise((done, fail) => {
      this.#waiting.push({ message, done, fail });
      this.#signal();
    });
  }

  /** No more messages: the other side sees the end after those that wait. */
  end(): void {
    this.#ended = true;
    this.#signal();
  }

  /** The stream broke: what waits will never leave. */
  fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    const unsent = this.#taken === undefined ? this.#waiting : [this.#taken, ...this.#waiting];
    this.#taken = undefined;
    this.#waiting = [];
    for (const entry of unsent) entry.fail(reason);
    this.#signal();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      this.#taken?.done();
      this.#taken = this.#waiting.shift();
      if (this.#taken !== undefined) {
        yield this.#taken.message;
      } else if (this.#ended || this.#failure !== undefined) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

interface Entry<T> {
  readonly message: T;
  readonly done: () => void;
  readonly fail: (reason: Error) => void;
}

/** The contract's bound for one data message. */
const MAX_DATA = 256 << 10;

/** Cuts `data` into pieces that fit a message, without copying. */
export function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += MAX_DATA) yield data.subarray(at, at + MAX_DATA);
}
