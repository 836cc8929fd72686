import { Lexer, Parser, type CST } from 'yaml';
import type { ProblemList } from '../problem-list.ts';
import type { Steps } from '../steps.ts';
import { reportAt } from './report.ts';

/** Lexical tokens, blanks and line ends included; each costs up to a kilobyte and some microseconds. */
const MAX_TOKENS = 500_000;
/** Nested collections: the reader's schema is 7 deep, the composer is recursive. */
const MAX_DEPTH = 64;
const STEP = 1000;

/** The library's concrete syntax; undefined when the text breaks a limit. */
export function* tokenize(text: string, problems: ProblemList): Steps<CST.Token[] | undefined> {
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
    if (count % STEP === 0) yield;
  }
  tokens.push(...parser.end());
  return tokens;
}
