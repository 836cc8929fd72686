import { CHECKS } from '../checks/all.ts';
import type { ProjectFiles } from '../files.ts';
import { quote } from '../grammars/grammar.ts';
import { hostFolder, resolveHostPath } from '../grammars/host-path.ts';
import type { LineIndex } from '../position.ts';
import type { Problem, ProblemId } from '../problem.ts';
import type { ProblemDetails } from '../problem-list.ts';
import { readFile, type FileReading } from '../read.ts';
import { Adoption } from './adoption.ts';

/** Files below one another. */
export const MAX_MODULE_DEPTH = 32;
/** Files of one project: each is read and parsed. */
const MAX_MODULES = 500;

/** A file with what its modules bring, checked. */
export interface LoadedFile extends FileReading {
  /** Levels of modules below it. */
  readonly height: number;
}

type Attempt =
  | { readonly ok: true; readonly file: LoadedFile }
  | { readonly ok: false; readonly id: ProblemId; readonly message: string };

/** Loads a file and, once each, the files it imports from. */
export class ModuleLoader {
  readonly #files: ProjectFiles;
  readonly #loaded = new Map<string, Attempt>();

  constructor(files: ProjectFiles) {
    this.#files = files;
  }

  /** `chain`: absolute paths from the project's file to this one. */
  async load(reading: FileReading, chain: readonly string[]): Promise<LoadedFile> {
    const { project: own, lines } = reading;
    const problems = reading.problems.copy();
    const { origin } = own;
    const adoption = new Adoption(own, problems);
    let height = 0;
    for (const [path, { key }] of own.fields.modules?.value ?? []) {
      const imports = own.modules.filter((module) => module.path === path);
      const attempt = await this.#module(resolveHostPath(origin.folder, path), chain);
      if (!attempt.ok) {
        problems.report(attempt.id, key, attempt.message);
        adoption.giveUp(imports);
        continue;
      }
      const error = attempt.file.problems.sorted().find((problem) => problem.severity === 'error');
      if (error !== undefined) {
        const { id, message, details } = blame(path, error, attempt.file.project.origin.file);
        problems.report(id, key, message, details);
      }
      adoption.adopt(attempt.file.project, imports, error !== undefined);
      height = Math.max(height, attempt.file.height + 1);
    }
    const subject = adoption.finish();
    for (const check of CHECKS) {
      check(subject, problems);
      await this.#files.pause?.();
    }
    return { project: subject.project, problems, lines, height };
  }

  /** Of a module that was loaded. */
  linesOf(path: string): LineIndex | undefined {
    const attempt = this.#loaded.get(path);
    return attempt?.ok === true ? attempt.file.lines : undefined;
  }

  async #module(path: string, chain: readonly string[]): Promise<Attempt> {
    const start = chain.indexOf(path);
    if (start >= 0) {
      const circle = [...chain.slice(start), path].map(quote).join(' -> ');
      return { ok: false, id: 'SBX-MODULE-CYCLE', message: `module cycle: ${circle}` };
    }
    const known = this.#loaded.get(path);
    const height = known?.ok === true ? known.file.height : 0;
    if (chain.length + height > MAX_MODULE_DEPTH) {
      const message = `modules are nested deeper than ${String(MAX_MODULE_DEPTH)} levels`;
      return { ok: false, id: 'SBX-MODULE-DEPTH', message };
    }
    if (known !== undefined) return known;
    if (this.#loaded.size >= MAX_MODULES) {
      return { ok: false, id: 'SBX-MODULE-DEPTH', message: `more than ${String(MAX_MODULES)} module files` };
    }
    const attempt = await this.#read(path, chain);
    this.#loaded.set(path, attempt);
    return attempt;
  }

  async #read(path: string, chain: readonly string[]): Promise<Attempt> {
    const reading = await this.#reading(path);
    if (reading === undefined) {
      return { ok: false, id: 'SBX-MODULE-NOT-FOUND', message: `module not found: ${quote(path)}` };
    }
    return { ok: true, file: await this.load(reading, [...chain, path]) };
  }

  async #reading(path: string): Promise<FileReading | undefined> {
    const known = await this.#files.reading?.(path);
    if (known !== undefined) return known;
    const text = await this.#files.readFile(path);
    return text === undefined ? undefined : readFile(text, { file: path, folder: hostFolder(path) });
  }
}

/** What a module's error is in the file that imports it: a cycle or depth stays what it is. */
function blame(
  path: string,
  error: Problem,
  file: string,
): { id: ProblemId; message: string; details: ProblemDetails } {
  const details = { related: [{ file, range: error.range, message: error.message }] };
  if (error.id === 'SBX-MODULE-CYCLE' || error.id === 'SBX-MODULE-DEPTH') {
    return { id: error.id, message: error.message, details };
  }
  const where = `line ${String(error.range.start.line)}`;
  const message = `module '${quote(path)}' has errors: ${where}: ${error.message}`;
  return { id: 'SBX-MODULE-INVALID', message, details };
}
