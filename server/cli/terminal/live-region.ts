// The last lines of a terminal, redrawn in place, with ordinary output above them.

import type { WindowSize } from '../../engine/api.ts';
import { width } from '../render/width.ts';

export interface LiveRegionOptions {
  /** Resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>;
  readonly size: () => WindowSize;
  /** False: not a terminal, or one that cannot move its cursor. Nothing is drawn then. */
  readonly live: boolean;
}

export class LiveRegion {
  readonly live: boolean;
  readonly #write: (text: string) => Promise<void>;
  readonly #size: () => WindowSize;
  /** Visible widths of the lines that are on the screen. */
  #drawn: readonly number[] = [];
  #lines: readonly string[] = [];
  #busy = false;

  constructor({ write, size, live }: LiveRegionOptions) {
    this.#write = write;
    this.#size = size;
    this.live = live;
  }

  get columns(): number {
    // The last column stays free: a terminal may wrap when it is written.
    return Math.max(1, this.#size().cols - 1);
  }

  /** How many lines can be drawn; a line that has scrolled away cannot be reached again. */
  get rows(): number {
    return Math.max(1, this.#size().rows - 1);
  }

  /** Replaces what was drawn. Lines are `columns` wide at most. While the terminal is slow, frames are left out. */
  draw(lines: readonly string[]): void {
    if (!this.live || this.#busy) return;
    const fitting = lines.slice(-this.rows);
    this.#lines = fitting;
    this.#send(this.#home() + this.#text(fitting));
  }

  /** Ordinary output, above what is drawn. */
  print(text: string): void {
    if (text === '') return;
    if (this.#drawn.length === 0) this.#send(text);
    else this.#send(this.#home() + text + this.#text(this.#lines));
  }

  /** Takes away what is drawn. */
  clear(): void {
    if (this.#drawn.length === 0) return;
    const home = this.#home();
    this.#drawn = [];
    this.#lines = [];
    this.#send(home);
  }

  /** To the first drawn line, with all from there on erased. */
  #home(): string {
    if (this.#drawn.length === 0) return '';
    // A terminal that became narrower has broken the lines that no longer fitted.
    const cols = Math.max(1, this.#size().cols);
    const up = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / cols)), 0) - 1;
    return `\r${up > 0 ? `\x1b[${String(up)}A` : ''}\x1b[J`;
  }

  #text(lines: readonly string[]): string {
    this.#drawn = lines.map(width);
    return lines.join('\r\n');
  }

  #send(text: string): void {
    this.#busy = true;
    void this.#write(text).then(() => {
      this.#busy = false;
    });
  }
}
