import { withoutEchoes } from './echoes.ts';
import { LineIndex, type Range, type Span } from './position.ts';
import { nearest } from './nearest.ts';
import { SEVERITIES, type Problem, type ProblemId, type RelatedPlace, type Severity } from './problem.ts';

/** More would help nobody and let a hostile file fill the memory. */
const MAX_PROBLEMS = 1000;

export interface ProblemDetails {
  readonly severity?: Severity;
  readonly related?: readonly RelatedPlace[];
  readonly data?: NonNullable<Problem['data']>;
}

/** Collects the problems of one text. */
export class ProblemList {
  readonly #lines: LineIndex;
  readonly #problems: Problem[] = [];
  /** First problem that found no room, with the worst severity of all of them. */
  #dropped: { span: Span; severity: Severity } | undefined;

  constructor(text: string | LineIndex) {
    this.#lines = typeof text === 'string' ? new LineIndex(text) : text;
  }

  report(id: ProblemId, span: Span, message: string, details: ProblemDetails = {}): void {
    const severity = details.severity ?? SEVERITIES[id];
    if (!this.#hasRoom(span, severity)) return;
    const { related, data } = details;
    this.#problems.push({
      id,
      severity,
      message,
      range: this.range(span),
      ...(related === undefined ? {} : { related }),
      ...(data === undefined ? {} : { data }),
    });
  }

  /** Takes over what was found before. */
  add(problem: Problem): void {
    const span = { start: problem.range.start.offset, end: problem.range.end.offset };
    if (this.#hasRoom(span, problem.severity)) this.#problems.push(problem);
  }

  #hasRoom(span: Span, severity: Severity): boolean {
    if (this.#problems.length < MAX_PROBLEMS) return true;
    this.#dropped ??= { span: { start: span.start, end: span.end }, severity };
    if (severity === 'error') this.#dropped.severity = severity;
    return false;
  }

  /** What was found so far, for more that shall not be added here. */
  copy(): ProblemList {
    const copy = new ProblemList(this.#lines);
    copy.#problems.push(...this.#problems);
    copy.#dropped = this.#dropped && { ...this.#dropped };
    return copy;
  }

  /** The candidate that `word` most likely meant. None for problems that find no room anyway. */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    return this.#problems.length < MAX_PROBLEMS ? nearest(word, candidates) : undefined;
  }

  range(span: Span): Range {
    return this.#lines.range(span);
  }

  /** In file order; problems of one place in the order they were found. */
  sorted(): readonly Problem[] {
    const all = [...withoutEchoes(this.#problems.toSorted(byPlace))];
    if (this.#dropped !== undefined) {
      const { span, severity } = this.#dropped;
      const message = `more than ${String(MAX_PROBLEMS)} problems; the rest is not shown`;
      all.push({ id: 'SBX-YAML', severity, message, range: this.range(span) });
    }
    return all.sort(byPlace);
  }
}

function byPlace(a: Problem, b: Problem): number {
  return a.range.start.offset - b.range.start.offset;
}
