import { checkProject } from './checks/all.ts';
import type { Project } from './model.ts';
import type { Problem } from './problem.ts';
import { readFile } from './read.ts';

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

/** Never throws on any text; a broken one gives what can be understood of it. */
export function parseSandboxfile(text: string, options: ParseOptions = {}): ParseResult {
  const origin = { file: options.file ?? 'Sandboxfile', folder: options.folder ?? '' };
  const { project, problems } = readFile(text, origin);
  checkProject({ project, unresolved: new Set(project.modules.map((module) => module.name)) }, problems);
  return { project, problems: problems.sorted() };
}
