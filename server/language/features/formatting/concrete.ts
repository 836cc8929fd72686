import { Lexer, Parser, type CST } from 'yaml';
import type { Turn } from '../../documents/turn.ts';

/** The library's concrete syntax, which has a place for each sign; others get their turn meanwhile. */
export async function concreteSyntax(text: string, turn: Turn): Promise<readonly CST.Token[]> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (turn.isOver) await turn.pause();
  }
  tokens.push(...parser.end());
  return tokens;
}
