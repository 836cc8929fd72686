import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrors, loadSandboxfile } from '../../sandboxfile/index.ts';
import type { ParseResult, Problem } from '../../sandboxfile/index.ts';
import type { OpenOptions } from '../api.ts';
import { errnoOf, SandboxError } from '../errors/index.ts';
import { hostFiles } from './host-files.ts';
import { NotTextError, readTextFile } from '../text-file.ts';

export const DEFAULT_FILE = 'Sandboxfile';

export interface ProjectFile extends ParseResult {
  readonly root: string;
  /** One spelling for all paths that lead to the project. */
  readonly realRoot: string;
  readonly file: string;
}

/** Reads the Sandboxfile; a file with errors is FILE_INVALID and names each of them. */
export async function openProjectFile(options: OpenOptions): Promise<ProjectFile> {
  const { root, file = DEFAULT_FILE, signal } = options;
  const [{ project, problems }, realRoot] = await Promise.all([
    readProjectFile(options),
    resolve(root, signal),
  ]);
  if (hasErrors(problems)) {
    const errors = problems
      .filter(({ severity }) => severity === 'error')
      .map((problem) => line(file, problem));
    throw new SandboxError('FILE_INVALID', { subject: file, context: errors.join('\n') });
  }
  return { root, realRoot, file, project, problems };
}

/** Reads the Sandboxfile, whatever is wrong with it. */
export async function readProjectFile(options: OpenOptions): Promise<ParseResult> {
  const { root, file = DEFAULT_FILE, signal } = options;
  const text = await readProjectText(options);
  return loadSandboxfile(text, { file, folder: root }, hostFiles(signal));
}

/** Throws FILE_NOT_FOUND, FILE_INVALID when it is no text, PROJECT_UNREADABLE. */
export async function readProjectText({ root, file = DEFAULT_FILE, signal }: OpenOptions): Promise<string> {
  try {
    return await readTextFile(join(root, file), signal);
  } catch (error) {
    if (error instanceof NotTextError) {
      throw new SandboxError('FILE_INVALID', { subject: file, context: error.message });
    }
    throw unreadable(error, root, join(root, file), signal);
  }
}

async function resolve(root: string, signal?: AbortSignal): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw unreadable(error, root, root, signal);
  }
}

function unreadable(error: unknown, root: string, path: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return new SandboxError('FILE_NOT_FOUND', { subject: root });
  return new SandboxError('PROJECT_UNREADABLE', { subject: path, cause: error });
}

function line(file: string, problem: Problem): string {
  const { line: row, column } = problem.range.start;
  return `${file}:${row}:${column}: ${problem.severity} ${problem.id}: ${problem.message}`;
}
