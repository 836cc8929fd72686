// Places in a text. Offsets count UTF-16 units from 0, as JavaScript strings do; lines and columns
// count from 1, as compilers print them. A line ends at LF, CR LF or a lone CR.

/** Half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Turns offsets of one text into positions. */
export class LineIndex {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    if (/\r(?!\n)/.test(text)) {
      for (const { index } of text.matchAll(/\n|\r(?!\n)/g)) this.#starts.push(index + 1);
      return;
    }
    // Most texts have no lone CR; the engine finds LF at the speed of memory.
    for (let at = text.indexOf('\n') + 1; at > 0; at = text.indexOf('\n', at) + 1) this.#starts.push(at);
  }

  /** Offsets outside the text are moved to its nearest end. */
  position(offset: number): Position {
    const inside = Math.min(Math.max(offset, 0), this.#length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= inside) low = middle;
      else high = middle - 1;
    }
    return { offset: inside, line: low + 1, column: inside - (this.#starts[low] ?? 0) + 1 };
  }

  get lineCount(): number {
    return this.#starts.length;
  }

  /** Where a line starts, counted from 1; the text's end behind the last one. */
  lineStart(line: number): number {
    return this.#starts[line - 1] ?? this.#length;
  }

  range(span: Span): Range {
    return { start: this.position(span.start), end: this.position(Math.max(span.start, span.end)) };
  }
}
