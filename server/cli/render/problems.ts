// `msb check`: one line a problem, as compilers print them, or one JSON array.

import type { Problem } from '../../engine/api.ts';
import { printable } from './style.ts';

export function renderProblems(file: string, problems: readonly Problem[]): string {
  return problems.map((problem) => `${printable(line(file, problem))}\n`).join('');
}

export function renderProblemsAsJson(file: string, problems: readonly Problem[]): string {
  const found = problems.map(({ id, severity, message, range, related = [] }) => ({
    file,
    ...place(range),
    severity,
    id,
    message,
    related: related.map((other) => ({
      file: other.file ?? file,
      ...place(other.range),
      message: other.message,
    })),
  }));
  return `${JSON.stringify(found, undefined, 2)}\n`;
}

function line(file: string, { range, severity, id, message }: Problem): string {
  // A message of several lines would look like several problems.
  const text = message.replaceAll('\n', ' ');
  return `${file}:${range.start.line}:${range.start.column}: ${severity} ${id}: ${text}`;
}

/** Lines and columns count from 1, columns in UTF-16 units. */
function place({ start, end }: Problem['range']) {
  return { line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
