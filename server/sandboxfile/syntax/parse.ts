import { Composer, Lexer, Parser, type CST, type ParsedNode } from 'yaml';
import type { ProblemList } from '../problem-list.ts';
import { convert, type Spans } from './convert.ts';
import type { SyntaxNode } from './node.ts';

/** UTF-16 units: some 60,000 lines. */
export const MAX_TEXT = 2 * 1024 * 1024;
/** Lexical tokens, blanks and line ends included; each costs up to a kilobyte and some microseconds. */
const MAX_TOKENS = 500_000;
/** Nested collections: the reader's schema is 7 deep, the composer below is recursive. */
const MAX_DEPTH = 64;

export interface Syntax {
  /** Absent when the text holds no value or breaks a limit. */
  readonly root: SyntaxNode | undefined;
  readonly nodeCount: number;
  /** Nodes refer to one another by anchors, aliases or merge keys. */
  readonly shares: boolean;
}

const fixed: Spans = (start, end) => ({ start, end });

/** Reads YAML, reporting what is wrong with it and returning what can be understood. */
export function parseYaml(text: string, problems: ProblemList, spans: Spans = fixed): Syntax {
  const root = compose(text, problems);
  return root === undefined ? { root, nodeCount: 0, shares: false } : convert(root, problems, spans);
}

/** The library's tree of the text's one document. */
export function compose(text: string, problems: ProblemList): ParsedNode | undefined {
  if (text.length > MAX_TEXT) {
    problems.report('SBX-YAML', { start: 0, end: 0 }, `longer than ${String(MAX_TEXT)} characters`);
    return undefined;
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) reportAt(problems, 'NUL character', nul, nul + 1);
  const tokens = tokenize(text, problems);
  if (tokens === undefined) return undefined;
  // Duplicates and numbers are the reader's business: the library compares each key with each.
  const composer = new Composer({
    schema: 'failsafe',
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  const [document, second] = withoutStacks(() => [...composer.compose(tokens, true, text.length)]);
  for (const error of document?.errors ?? []) reportAt(problems, error.message, ...error.pos);
  if (second !== undefined) {
    const [start] = second.range;
    reportAt(problems, 'a Sandboxfile is one document, this starts another one', start, start);
  }
  return document?.contents ?? undefined;
}

function tokenize(text: string, problems: ProblemList): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    const excess =
      parser.stack.length > MAX_DEPTH
        ? `nested deeper than ${String(MAX_DEPTH)} levels`
        : ++count > MAX_TOKENS
          ? `more than ${String(MAX_TOKENS)} tokens`
          : undefined;
    if (excess !== undefined) {
      reportAt(problems, excess, parser.offset, parser.offset);
      return undefined;
    }
  }
  tokens.push(...parser.end());
  return tokens;
}

/** The library makes an Error of each fault: their stacks would be most of the work in a bad text. */
function withoutStacks<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function reportAt(problems: ProblemList, message: string, start: number, end: number): void {
  const span = { start, end };
  const { line, column } = problems.range(span).start;
  problems.report('SBX-YAML', span, `${message} at line ${String(line)} column ${String(column)}`);
}
