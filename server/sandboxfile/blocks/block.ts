import type { Span } from '../position.ts';
import { ProblemList } from '../problem-list.ts';
import type { Problem } from '../problem.ts';
import type { ProjectFields } from '../schema/fields.ts';
import { project as schema } from '../schema/project.ts';
import { Reader, Reading } from '../schema/reading.ts';
import type { Steps } from '../steps.ts';
import type { MapEntry, MapNode, ScalarNode } from '../syntax/node.ts';
import { parseYaml } from '../syntax/parse.ts';
import { Base, movableSpan } from './base.ts';
import { moved } from './moved.ts';
import type { Piece } from './split.ts';

/**
 * One piece of a file, read by itself. All its places are relative to where the piece stands: when text
 * before it changes, the block moves and nothing of it is read again.
 */
export class Block {
  /** What the file would say if this piece were all of it. */
  readonly fields: ProjectFields;
  /** Keys of the root, or names of the section. */
  readonly keys: readonly ScalarNode[];
  readonly nodeCount: number;
  /** Cannot be understood without the rest of the file. */
  readonly shares: boolean;
  /** The map whose keys these are. */
  readonly span: Span;
  readonly #text: string;
  readonly #section: string | undefined;
  readonly #syntaxProblems: readonly Problem[];
  readonly #problems: readonly Problem[];
  readonly #base: Base;
  /** Text put before the piece to read it, as length and lines. */
  readonly #prefix: { readonly length: number; readonly lines: number };

  private constructor(text: string, piece: Piece, base: Base, prefix: string, parsed: Parsed) {
    this.#text = text;
    this.#section = piece.section;
    this.#base = base;
    this.#prefix = { length: prefix.length, lines: prefix === '' ? 0 : 1 };
    const { map, problems, nodeCount, shares } = parsed;
    const entries = (map?.entries ?? []).filter(({ key }) => key.span.start >= prefix.length);
    this.keys = entries.map(({ key }) => key);
    this.nodeCount = nodeCount;
    this.shares = shares || this.keys.some((key) => key.plain && key.text === '<<');
    this.span = map?.span ?? movableSpan(this.#base, prefix.length, prefix.length);
    this.#syntaxProblems = problems.sorted();
    this.fields = this.#read(entries, problems, nodeCount);
    this.#problems = problems.sorted();
    this.place(piece);
  }

  static *read(text: string, piece: Piece): Steps<Block> {
    const base = new Base();
    const alone = yield* parse(text, base);
    const prefix = isEntry(alone.map, piece.indent) ? '' : siblingOf(text, piece.indent);
    const parsed = prefix === '' ? alone : yield* parse(prefix + text, base);
    return new Block(text, piece, base, prefix, parsed);
  }

  /** Whether it is what stands there in `text`. */
  is({ start, end, section }: Piece, text: string): boolean {
    return (
      section === this.#section && end - start === this.#text.length && text.startsWith(this.#text, start)
    );
  }

  place({ start, line }: Piece): void {
    this.#base.offset = start - this.#prefix.length;
    this.#base.line = line - this.#prefix.lines;
  }

  /** Where it stands now. */
  problems(): readonly Problem[] {
    return this.#problems.map((problem) => moved(problem, this.#base));
  }

  /** Those that are there whatever the values mean. */
  syntaxProblems(): readonly Problem[] {
    return this.#syntaxProblems.map((problem) => moved(problem, this.#base));
  }

  #read(entries: readonly MapEntry[], problems: ProblemList, nodeCount: number): ProjectFields {
    const [first] = entries;
    if (first === undefined) return {};
    const own: MapNode = { kind: 'map', span: this.span, entries };
    const root = this.#section === undefined ? own : inSection(this.#section, first.key.span, own);
    return schema.read(root, new Reading(new Reader(problems, nodeCount), '', { start: 0, end: 0 })) ?? {};
  }
}

interface Parsed {
  readonly map: MapNode | undefined;
  readonly problems: ProblemList;
  readonly nodeCount: number;
  readonly shares: boolean;
}

function* parse(text: string, base: Base): Steps<Parsed> {
  const problems = new ProblemList(text);
  const syntax = yield* parseYaml(text, problems, (start, end) => movableSpan(base, start, end));
  const { root, nodeCount, shares } = syntax;
  return { map: root?.kind === 'map' ? root : undefined, problems, nodeCount, shares };
}

/** Whether the text is what a piece should be: one entry, whose key is its first word. */
function isEntry(map: MapNode | undefined, indent: number): boolean {
  return map?.entries.length === 1 && map.span.start === indent;
}

/** An entry before it, so that what is wrong with the text is said as within the whole file. */
function siblingOf(text: string, indent: number): string {
  let name = 'x';
  while (text.includes(name)) name += 'x';
  return `${' '.repeat(indent)}${name}:\n`;
}

function inSection(section: string, span: Span, value: MapNode): MapNode {
  const key: ScalarNode = { kind: 'scalar', span, text: section, plain: true };
  return { kind: 'map', span, entries: [{ key, value }] };
}
