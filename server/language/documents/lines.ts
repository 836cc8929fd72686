import type { Position, Range } from 'vscode-languageserver-types';
import type { LineIndex, Span } from '../../sandboxfile/index.ts';
import type { Lines } from '../document-types.ts';

/** Lines of one text as LSP counts them: from 0, in UTF-16 units. */
export class DocumentLines implements Lines {
  readonly #text: string;
  readonly #index: LineIndex;

  constructor(text: string, index: LineIndex) {
    this.#text = text;
    this.#index = index;
  }

  get count(): number {
    return this.#index.lineCount;
  }

  positionAt(offset: number): Position {
    const { line, column } = this.#index.position(offset);
    return { line: line - 1, character: column - 1 };
  }

  offsetAt({ line, character }: Position): number {
    if (line < 0) return 0;
    const start = this.#index.lineStart(line + 1);
    return Math.min(start + Math.max(character, 0), this.#lineEnd(line, start));
  }

  rangeOf({ start, end }: Span): Range {
    return { start: this.positionAt(start), end: this.positionAt(Math.max(start, end)) };
  }

  #lineEnd(line: number, start: number): number {
    let end = this.#index.lineStart(line + 2);
    if (end > start && this.#text[end - 1] === '\n') end--;
    if (end > start && this.#text[end - 1] === '\r') end--;
    return end;
  }
}
