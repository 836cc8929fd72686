import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { EditResult } from '../../sandboxfile/index.ts';
import type { OpenOptions } from '../api.ts';
import { replaceFile } from '../durable-file.ts';
import { fromErrno, SandboxError } from '../errors/index.ts';
import { holdLock } from '../file-lock.ts';
import { makeProjectFolder, projectFolder } from '../layout.ts';
import { DEFAULT_FILE, readProjectText } from './open.ts';

/** Replaces the Sandboxfile's text by what `edit` makes of it, one editor at a time. */
export async function editProjectFile(
  options: OpenOptions,
  edit: (text: string) => EditResult,
): Promise<void> {
  const { root, file = DEFAULT_FILE, signal } = options;
  // Nothing is made where there is no project.
  await readProjectText(options);
  const folder = projectFolder(root, file);
  await makeProjectFolder(folder);
  const path = join(root, file);
  try {
    using _lock = await holdLock(folder.editLock, signal);
    const text = await readProjectText(options);
    const edited = edit(text);
    if (!edited.ok) throw new SandboxError('EDIT_REFUSED', { subject: edited.message });
    // Behind a link, the file that it leads to is the one to write.
    await replaceFile(await realpath(path), edited.text);
  } catch (error) {
    if (error instanceof SandboxError || signal?.aborted === true) throw error;
    throw fromErrno(error, path, 'PROJECT_UNREADABLE');
  }
}
