import { CHECKS } from './checks/all.ts';
import type { Origin, Project } from './model.ts';
import type { Problem } from './problem.ts';
import { readFile, type FileReading } from './read.ts';
import { finish, type Steps } from './steps.ts';

export interface ParseOptions {
  /** File's name for messages; default `Sandboxfile`. */
  readonly file?: string;
  /** Absolute folder that relative paths belong to. */
  readonly folder?: string;
}

export interface ParseResult {
  readonly project: Project;
  /** In file order. */
  readonly problems: readonly Problem[];
}

/**
 * The file alone: what modules bring counts as known but is not there. Never throws on any text; a
 * broken one gives what can be understood of it.
 */
export function parseSandboxfile(text: string, options: ParseOptions = {}): ParseResult {
  return checkReading(readFile(text, originOf(options)));
}

/** The same for a file that was read before. */
export function checkReading(reading: FileReading): ParseResult {
  return finish(checkInSteps(reading));
}

/** The same, with a yield after each kind of check, so that others get their turn. */
export function* checkInSteps(reading: FileReading): Steps<ParseResult> {
  const { project } = reading;
  const problems = reading.problems.copy();
  const subject = { project, unresolved: new Set(project.modules.map((module) => module.name)) };
  for (const check of CHECKS) {
    check(subject, problems);
    yield;
  }
  return { project, problems: problems.sorted() };
}

export function originOf({ file = 'Sandboxfile', folder = '' }: ParseOptions): Origin {
  return { file, folder };
}
