// Where a file can be cut so that each piece parses alone as it does within the whole: at keys of the
// root, and at the names below `sandboxes`, `builds` and `groups`. What may reach across such a cut is
// not cut: documents, flow roots, explicit keys, tags and anchors of the root.

/** A piece of the text, whole lines. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Lines before it. */
  readonly line: number;
  /** Columns its key stands at. */
  readonly indent: number;
  /** Set: the value of one name of that section; its header is the nearest piece before without one. */
  readonly section?: string;
  /** A header: the names of the section follow as pieces of their own. */
  readonly opens?: string;
}

const HEADER = /^(sandboxes|builds|groups):[ \t]*(?:#.*)?$/;
/** First characters of a line that starts no plain or quoted key. */
const SPECIAL = new Set('?:{[&*!%@`|>,\t');
const MARKER = /^(?:---|\.\.\.)(?:[ \t\r]|$)/;

interface Line {
  readonly start: number;
  readonly end: number;
  /** Leading blanks. */
  readonly indent: number;
  /** First character behind them; empty: a blank line. */
  readonly first: string;
}

/** Undefined: the text has to be read as one. */
export function split(text: string): readonly Piece[] | undefined {
  if (text.startsWith('\uFEFF') || /\r(?!\n)/.test(text)) return undefined;
  const cutter = new Cutter(text);
  return cutter.cut() ? cutter.pieces : undefined;
}

class Cutter {
  readonly #text: string;
  pieces: Piece[] = [];
  #line = 0;
  /** The section that is being cut, with the column of its names once it is known. */
  #section: { name: string; header: number; indent: number | undefined } | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  cut(): boolean {
    for (let start = 0; start < this.#text.length; this.#line++) {
      const line = this.#lineAt(start);
      if (!this.#take(line)) return false;
      start = line.end;
    }
    this.#close(this.#text.length);
    return true;
  }

  #take(line: Line): boolean {
    if (line.first === '' || line.first === '#') return true;
    if (line.indent > 0) {
      this.#takeIndented(line);
      return this.pieces.length > 0;
    }
    if (SPECIAL.has(line.first) || MARKER.test(this.#content(line))) return false;
    if (this.#continues(line)) {
      // The section's value is a list.
      this.#join();
      return this.pieces.length > 0;
    }
    this.#open(line);
    return true;
  }

  /** A line of the root that is no new key: items of a list, the end of a flow collection. */
  #continues(line: Line): boolean {
    if (line.first === ']' || line.first === '}') return true;
    return line.first === '-' && /^-(?:[ \t\r]|$)/.test(this.#content(line).trimStart());
  }

  #open(line: Line): void {
    this.#close(line.start);
    const opens = HEADER.exec(this.#content(line).trimEnd())?.[1];
    const piece = { start: line.start, end: line.end, line: this.#line, indent: 0 };
    this.pieces.push(opens === undefined ? piece : { ...piece, opens });
    if (opens !== undefined) {
      this.#section = { name: opens, header: this.pieces.length - 1, indent: undefined };
    }
  }

  #takeIndented(line: Line): void {
    const section = this.#section;
    if (section === undefined) return;
    section.indent ??= line.indent;
    if (line.indent > section.indent) return;
    const isKey = line.indent === section.indent && !SPECIAL.has(line.first) && !this.#continues(line);
    if (line.indent === section.indent && this.#continues(line) && this.pieces.length - 1 > section.header) {
      return;
    }
    if (!isKey) return this.#join();
    this.#end(line.start);
    const { name, indent } = section;
    this.pieces.push({ start: line.start, end: line.end, line: this.#line, indent, section: name });
  }

  /** The section cannot be cut after all: it is one piece. */
  #join(): void {
    if (this.#section === undefined) return;
    const header = this.pieces[this.#section.header];
    this.pieces.length = this.#section.header;
    if (header !== undefined) {
      this.pieces.push({ start: header.start, end: header.end, line: header.line, indent: 0 });
    }
    this.#section = undefined;
  }

  #close(end: number): void {
    this.#end(end);
    this.#section = undefined;
  }

  #end(end: number): void {
    const last = this.pieces.pop();
    if (last !== undefined) this.pieces.push({ ...last, end });
  }

  #lineAt(start: number): Line {
    const newline = this.#text.indexOf('\n', start);
    const end = newline < 0 ? this.#text.length : newline + 1;
    let at = start;
    while (at < end && this.#text.charCodeAt(at) === 32) at++;
    const first = this.#text[at] ?? '';
    const blank = at === end || first === '\n' || first === '\r';
    return { start, end, indent: at - start, first: blank ? '' : first };
  }

  #content({ start, end }: Line): string {
    return this.#text.slice(start, end).replace(/\r?\n$/, '');
  }
}
