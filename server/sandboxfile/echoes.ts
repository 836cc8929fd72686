import type { Problem } from './problem.ts';

/**
 * Of text that is no YAML in one line, one problem says enough: the reader stumbles more than once over
 * one sign, and what it makes of the line is no key of anybody's. `problems` are in file order.
 */
export function withoutEchoes(problems: readonly Problem[]): readonly Problem[] {
  const broken = new Map<number, Problem>();
  for (const problem of problems) {
    const { line } = problem.range.start;
    if (problem.id === 'SBX-YAML' && !broken.has(line)) broken.set(line, problem);
  }
  if (broken.size === 0) return problems;
  return problems.filter((problem) => {
    const first = broken.get(problem.range.start.line);
    return first === undefined || first === problem || !ECHOES.has(problem.id);
  });
}

const ECHOES: ReadonlySet<string> = new Set(['SBX-YAML', 'SBX-UNKNOWN-KEY']);
