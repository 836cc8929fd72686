import type { Position, Range } from '../position.ts';
import type { Problem } from '../problem.ts';
import type { Base } from './base.ts';

/** How the reader of YAML ends its messages. */
const PLACE = /(?<= at line )\d+(?= column \d+$)/;

/** The problem of a block as a problem of the file that the block stands in. */
export function moved(problem: Problem, base: Base): Problem {
  const position = ({ offset, line, column }: Position): Position => ({
    offset: Math.max(0, offset + base.offset),
    line: Math.max(1, line + base.line),
    column,
  });
  const range = ({ start, end }: Range): Range => ({ start: position(start), end: position(end) });
  const { id, message, related } = problem;
  const where = range(problem.range);
  return {
    ...problem,
    range: where,
    message: id === 'SBX-YAML' ? message.replace(PLACE, String(where.start.line)) : message,
    ...(related === undefined
      ? {}
      : { related: related.map((place) => ({ ...place, range: range(place.range) })) }),
  };
}
