import { stat } from 'node:fs/promises';
import type { ProjectFiles } from '../../sandboxfile/index.ts';
import { errnoOf } from '../errors/index.ts';
import { NotTextError, readTextFile } from '../text-file.ts';

/** The host as a Sandboxfile may look at it: bounded texts, and whether a path is there. */
export function hostFiles(signal?: AbortSignal): ProjectFiles {
  return {
    readFile: (path) => known(readTextFile(path, signal)),
    exists: (path) =>
      stat(path).then(
        () => true,
        (error: unknown) => (isMissing(error) ? false : undefined),
      ),
  };
}

/** What the system or the content refuses is "cannot be read" to the language; a cancel stays one. */
async function known(text: Promise<string>): Promise<string | undefined> {
  try {
    return await text;
  } catch (error) {
    if (error instanceof NotTextError || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}
