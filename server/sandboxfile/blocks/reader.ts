import { assembleProject, type Assembled } from '../assemble/project.ts';
import type { Origin } from '../model.ts';
import { LineIndex } from '../position.ts';
import { ProblemList } from '../problem-list.ts';
import type { FileReading } from '../read.ts';
import type { Steps } from '../steps.ts';
import { MAX_TEXT } from '../syntax/parse.ts';
import { readWhole } from '../whole.ts';
import { Block } from './block.ts';
import { combine } from './combine.ts';
import { matching } from './match.ts';
import { split, type Piece } from './split.ts';

/** Nodes of all pieces: each costs some hundred bytes. */
const MAX_NODES = 400_000;

/**
 * Reads one file again and again, each time only the pieces that changed. A reading that is older than
 * the newest one keeps its values, but its places follow the newest text.
 */
export class SandboxfileReader {
  readonly #origin: Origin;
  readonly #assembled: Assembled = new WeakMap();
  #blocks: readonly Block[] = [];

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  /** Yields after each piece that had to be read and between its steps, so that others get their turn. */
  *read(text: string): Steps<FileReading> {
    const lines = new LineIndex(text);
    yield;
    const pieces = text.length > MAX_TEXT ? undefined : split(text);
    if (pieces === undefined || pieces.length < 2) return yield* readWhole(text, this.#origin, lines);
    const known = matching(this.#blocks, pieces, text);
    const parts: { block: Block; piece: Piece }[] = [];
    let nodes = 0;
    for (const [index, piece] of pieces.entries()) {
      const block = known(index) ?? (yield* Block.read(ownCopy(text.slice(piece.start, piece.end)), piece));
      parts.push({ block, piece });
      nodes += block.nodeCount;
      if (known(index) === undefined) yield;
    }
    this.#blocks = parts.map(({ block }) => block);
    if (nodes > MAX_NODES || this.#blocks.some((block) => block.shares)) {
      return yield* readWhole(text, this.#origin, lines);
    }
    for (const { block, piece } of parts) block.place(piece);
    yield;
    const problems = new ProblemList(lines);
    const fields = combine(parts, problems);
    yield;
    const project = yield* assembleProject(fields, this.#origin, this.#assembled);
    return { project, problems, lines };
  }
}

/** A part of a string keeps all of it in memory; a block outlives the text that it was cut from. */
function ownCopy(part: string): string {
  return JSON.parse(JSON.stringify(part)) as string;
}
