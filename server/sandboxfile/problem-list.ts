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

  constructor(text: string) {
    this.#lines = new LineIndex(text);
  }

  report(id: ProblemId, span: Span, message: string, details: ProblemDetails = {}): void {
    const severity = details.severity ?? SEVERITIES[id];
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#dropped ??= { span, severity };
      if (severity === 'error') this.#dropped.severity = severity;
      return;
    }
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

  /** The candidate that `word` most likely meant. None for problems that find no room anyway. */
  nearest(word: string, candidates: Iterable<string>): string | undefined {
    return this.#problems.length < MAX_PROBLEMS ? nearest(word, candidates) : undefined;
  }

  range(span: Span): Range {
    return this.#lines.range(span);
  }

  /** In file order; problems of one place in the order they were found. */
  sorted(): readonly Problem[] {
    const all = [...this.#problems];
    if (this.#dropped !== undefined) {
      const { span, severity } = this.#dropped;
      const message = `more than ${String(MAX_PROBLEMS)} problems; the rest is not shown`;
      all.push({ id: 'SBX-YAML', severity, message, range: this.range(span) });
    }
    return all.sort((a, b) => a.range.start.offset - b.range.start.offset);
  }
}
