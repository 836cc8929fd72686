import type { Span } from '../position.ts';

/** Where a block stands in its file. The one thing of a block that changes. */
export class Base {
  offset = 0;
  /** Lines before it. */
  line = 0;
}

/** A place within a block; moves with it. */
export function movableSpan(base: Base, start: number, end: number): Span {
  return new MovableSpan(base, start, end);
}

class MovableSpan implements Span {
  readonly #base: Base;
  readonly #start: number;
  readonly #end: number;

  constructor(base: Base, start: number, end: number) {
    this.#base = base;
    this.#start = start;
    this.#end = end;
  }

  get start(): number {
    return this.#base.offset + this.#start;
  }

  get end(): number {
    return this.#base.offset + this.#end;
  }
}
