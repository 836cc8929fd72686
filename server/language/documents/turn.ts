import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '../../sandboxfile/index.ts';

/** How long work may keep others from theirs. */
const SLICE_MS = 10;

/** Work that was begun by several at once is done one after the other, each with others between. */
export class Queue {
  #free: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn. */
  wait(): Promise<void> {
    const mine = this.#free;
    this.#free = mine.then(() => nextTurn());
    return mine;
  }
}

/** Cuts long work into slices, between which requests are answered. */
export class Turn {
  #started = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#started >= SLICE_MS;
  }

  /** Lets others work if the slice is over. */
  async pause(): Promise<void> {
    if (!this.isOver) return;
    await nextTurn();
    this.#started = performance.now();
  }

  /** All steps, with pauses between them; rejects when nobody wants the result any more. */
  async run<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (!this.isOver) continue;
      await this.pause();
      signal?.throwIfAborted();
    }
  }
}
