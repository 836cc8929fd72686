import type { Steps } from '../../../sandboxfile/index.ts';
import { isBlank, lineEnd } from '../../cursor/line.ts';
import { STEP } from '../completion/site.ts';
import type { Layout, Region } from './layout.ts';
import type { Replacement } from './replacement.ts';

interface Level {
  readonly from: number;
  readonly to: number;
}

/** White space that changes, in file order. */
export function* lineReplacements(text: string, layout: Layout): Steps<readonly Replacement[]> {
  const writer = new LineWriter(text, layout);
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline + 1;
    writer.line(start, next);
    start = next;
    yield;
  }
  return writer.finish();
}

class LineWriter {
  readonly #text: string;
  readonly #layout: Layout;
  readonly #replacements: Replacement[];
  readonly #regions: readonly Region[];
  #region = 0;
  /** Keys and dashes that the next line may belong to. */
  #levels: Level[] = [];
  #comments: number[] = [];
  /** Start of the blank lines before this one. */
  #blanks: number | undefined;
  #lastRegion: Region | undefined;

  constructor(text: string, layout: Layout) {
    this.#text = text;
    this.#layout = layout;
    this.#replacements = [...layout.blanks];
    this.#regions = layout.regions.toSorted((a, b) => a.start - b.start);
  }

  line(start: number, next: number): void {
    const end = lineEnd(this.#text, start);
    const region = this.#regionOver(start);
    if (region !== undefined) {
      this.#continued(region, start, end);
      return;
    }
    let first = start === 0 && this.#text.startsWith('\ufeff') ? 1 : start;
    const origin = first;
    while (first < end && isBlank(this.#text[first])) first++;
    if (first === end) {
      this.#blanks ??= start;
      return;
    }
    this.#blankLines(start);
    if (this.#text[first] === '#') this.#comments.push(origin);
    else this.#structure(origin, first, end);
    this.#trailing(first, end);
    if (next === this.#text.length && next === end && this.#regionOver(end) === undefined) {
      const eol = this.#text.includes('\r\n') ? '\r\n' : '\n';
      if (!this.#isText(end)) this.#replace(end, end, eol);
    }
  }

  finish(): readonly Replacement[] {
    this.#placeComments(undefined);
    if (this.#blanks !== undefined && !this.#isText(this.#blanks - 1)) {
      this.#replace(this.#blanks, this.#text.length, '');
    }
    return this.#replacements.sort((a, b) => a.start - b.start);
  }

  #structure(origin: number, first: number, end: number): void {
    const column = this.#layout.columns.get(first);
    const from = first - origin;
    this.#placeComments(column === undefined ? undefined : { from, to: column });
    if (column === undefined) return;
    this.#indent(origin, first, column);
    this.#levels = this.#levels.filter((level) => level.from < from);
    for (let at = first; at < end; at++) {
      const to = this.#layout.columns.get(at);
      if (to !== undefined) this.#levels.push({ from: at - origin, to });
      if (!isBlank(this.#text[at]) && this.#text[at] !== '-' && to !== undefined) break;
    }
  }

  /** Comments stand with the line below them, or with a line above that stands in the same column. */
  #placeComments(below: Level | undefined): void {
    for (const origin of this.#comments) {
      let first = origin;
      while (isBlank(this.#text[first])) first++;
      const column = first - origin;
      const candidates = [...this.#levels, ...(below === undefined ? [] : [below])];
      const level = candidates
        .filter(({ from }) => from <= column)
        .reduce<Level | undefined>(
          (best, one) => (best === undefined || one.from >= best.from ? one : best),
          undefined,
        );
      this.#indent(origin, first, level?.to ?? 0);
    }
    this.#comments = [];
  }

  /** A line within a value that began above. */
  #continued(region: Region, start: number, end: number): void {
    this.#blanks = undefined;
    let first = start;
    while (first < end && this.#text[first] === ' ') first++;
    const column = first - start;
    if (region.kind === 'text') {
      if (first === end && column <= region.from) this.#replace(start, end, '');
      else if (column >= region.from) this.#indent(start, first, column + region.to - region.from);
      return;
    }
    if (first === end || this.#text[first] === '\t') return;
    const least = region.to + (']}'.includes(this.#text.charAt(first)) ? 0 : STEP);
    this.#indent(start, first, Math.max(column + region.to - region.from, least));
    if (this.#regionOver(end) === undefined) this.#trailing(first, end);
  }

  #trailing(first: number, end: number): void {
    let at = end;
    while (at > first && isBlank(this.#text[at - 1])) at--;
    if (at < end && !this.#holds(end)) this.#replace(at, end, '');
  }

  /** Of several blank lines one stays, of those at the top none. */
  #blankLines(next: number): void {
    if (this.#blanks === undefined) return;
    const eol = this.#text.slice(lineEnd(this.#text, this.#blanks), next).startsWith('\r') ? '\r\n' : '\n';
    const kept = this.#blanks === 0 ? '' : eol;
    this.#replace(this.#blanks, next, kept);
    this.#blanks = undefined;
  }

  #indent(start: number, first: number, column: number): void {
    this.#replace(start, first, ' '.repeat(column));
  }

  #replace(start: number, end: number, text: string): void {
    if (this.#text.slice(start, end) !== text) this.#replacements.push({ start, end, text });
  }

  /** The value that a line's start lies in. */
  #regionOver(offset: number): Region | undefined {
    for (
      let region = this.#regions[this.#region];
      region !== undefined;
      region = this.#regions[this.#region]
    ) {
      if (region.end > offset || (region.kind === 'text' && region.end === offset)) {
        return region.start < offset && region.kind !== 'comment' ? region : undefined;
      }
      this.#lastRegion = region;
      this.#region++;
    }
    return undefined;
  }

  /** Whether blanks before a line's end belong to a value or comment. */
  #holds(end: number): boolean {
    const near = [this.#lastRegion, this.#regions[this.#region], this.#regions[this.#region + 1]];
    return near.some((region) => region !== undefined && region.start < end && region.end >= end);
  }

  #isText(end: number): boolean {
    return this.#regions.some(({ kind, start, end: last }) => kind === 'text' && start < end && last >= end);
  }
}
