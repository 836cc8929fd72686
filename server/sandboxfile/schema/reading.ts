import type { Fault } from '../grammars/grammar.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import { typeName, type SyntaxNode } from '../syntax/node.ts';

/** Values read through aliases beyond those in the text: bounds files that multiply themselves. */
const MAX_REPEATED = 100_000;

/** State of one file's reading, shared by all its places. */
export class Reader {
  readonly problems: ProblemList;
  #left: number;

  constructor(problems: ProblemList, nodeCount: number) {
    this.problems = problems;
    this.#left = nodeCount + MAX_REPEATED;
  }

  /** False once the file has multiplied itself too often; the first time this is reported. */
  spend(at: Span): boolean {
    if (this.#left === 0) {
      this.problems.report('SBX-YAML', at, 'aliases repeat too many values');
    }
    return this.#left-- > 0;
  }
}

/** A place in the file: its dotted path, and where a problem of a missing value is shown. */
export class Reading {
  readonly reader: Reader;
  readonly path: string;
  readonly key: Span;

  constructor(reader: Reader, path: string, key: Span) {
    this.reader = reader;
    this.path = path;
    this.key = key;
  }

  entry(name: string, key: Span): Reading {
    return new Reading(this.reader, this.path === '' ? name : `${this.path}.${name}`, key);
  }

  item(index: number, span: Span): Reading {
    return new Reading(this.reader, `${this.path}[${String(index)}]`, span);
  }

  fault(span: Span, fault: Fault): undefined {
    this.reader.problems.report(fault.id, span, fault.message);
  }

  wrongType(node: SyntaxNode, wanted: string): undefined {
    const span = node.span.start === node.span.end ? this.key : node.span;
    const message = `${this.path}: invalid type: ${typeName(node)}, expected ${wanted}`;
    this.reader.problems.report('SBX-TYPE', span, message);
  }
}
