import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Puts `text` in the place of a file's content; its mode and, where we may, its owner stay. Durable
 * when it resolves: a kill or a crash at any point leaves the old content or the new one. The caller
 * sees to it that nobody else does the same at that time.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  // One name for all: what a killed process left is overwritten by the next one.
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  await rm(temporary, { force: true });
  try {
    // Exclusively: a link that somebody put there is not followed.
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.chown(uid, gid).catch(() => undefined);
    await file.chmod(mode & 0o7777);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}

/**
 * Makes files that are not there yet, each whole or not at all, in one folder; all durable when it
 * resolves. The caller sees to it that nobody else does the same at that time.
 */
export async function makeFiles(folder: string, texts: ReadonlyMap<string, string>): Promise<void> {
  await Promise.all(
    [...texts].map(async ([name, text]) => {
      const temporary = join(folder, `.${name}.new`);
      await rm(temporary, { force: true });
      await using file = await open(temporary, 'wx', 0o600);
      await file.writeFile(text);
      await file.sync();
    }),
  );
  for (const name of texts.keys()) await rename(join(folder, `.${name}.new`), join(folder, name));
  await using handle = await open(folder, 'r');
  await handle.sync();
}
