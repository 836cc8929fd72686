import type { ProblemList } from '../problem-list.ts';

/** A fault of the YAML itself, as its readers are used to see it. */
export function reportAt(problems: ProblemList, message: string, start: number, end: number): void {
  const span = { start, end };
  const { line, column } = problems.range(span).start;
  problems.report('SBX-YAML', span, `${message} at line ${String(line)} column ${String(column)}`);
}
