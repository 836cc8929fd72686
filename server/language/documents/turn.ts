import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work may keep others from theirs. */
const SLICE_MS = 10;

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
}
