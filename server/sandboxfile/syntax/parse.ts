import type { ParsedNode } from 'yaml';
import type { ProblemList } from '../problem-list.ts';
import { finish, type Steps } from '../steps.ts';
import { composeDocuments } from './compose.ts';
import { convert, type Spans } from './convert.ts';
import type { SyntaxNode } from './node.ts';
import { reportAt } from './report.ts';
import { tokenize } from './tokenize.ts';

/** UTF-16 units: some 60,000 lines. */
export const MAX_TEXT = 2 * 1024 * 1024;

export interface Syntax {
  /** Absent when the text holds no value or breaks a limit. */
  readonly root: SyntaxNode | undefined;
  readonly nodeCount: number;
  /** Nodes refer to one another by anchors, aliases or merge keys. */
  readonly shares: boolean;
}

const fixed: Spans = (start, end) => ({ start, end });

/** Reads YAML, reporting what is wrong with it and returning what can be understood. */
export function* parseYaml(text: string, problems: ProblemList, spans: Spans = fixed): Steps<Syntax> {
  const root = yield* composeInSteps(text, problems);
  return root === undefined ? { root, nodeCount: 0, shares: false } : yield* convert(root, problems, spans);
}

/** The library's tree of the text's one document. */
export function compose(text: string, problems: ProblemList): ParsedNode | undefined {
  return finish(composeInSteps(text, problems));
}

function* composeInSteps(text: string, problems: ProblemList): Steps<ParsedNode | undefined> {
  if (text.length > MAX_TEXT) {
    problems.report('SBX-YAML', { start: 0, end: 0 }, `longer than ${String(MAX_TEXT)} characters`);
    return undefined;
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) reportAt(problems, 'NUL character', nul, nul + 1);
  const tokens = yield* tokenize(text, problems);
  if (tokens === undefined) return undefined;
  const { first, second, faults } = yield* composeDocuments(tokens, text);
  for (const { message, pos } of faults) reportAt(problems, conflictAt(text, pos[0]) ?? message, ...pos);
  if (second !== undefined) {
    reportAt(problems, 'a Sandboxfile is one document, this starts another one', second, second);
  }
  return first;
}

/** Lines that version control leaves where two changes meet; the reader makes anything of them. */
function conflictAt(text: string, offset: number): string | undefined {
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  const isMarker = /^(?:<{7}|\|{7}|={7}|>{7})(?:\s|$)/.test(text.slice(line, line + 8));
  return isMarker ? 'unresolved merge conflict: keep one side and delete the marks' : undefined;
}
