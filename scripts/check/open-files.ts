import { readdir, readlink } from 'node:fs/promises';

/** Whether the process has a file open below the folder. False for one that has ended. */
export async function holdsFilesOf(pid: string, folder: string): Promise<boolean> {
  const descriptors = `/proc/${pid}/fd`;
  for (const name of await readdir(descriptors).catch(() => [])) {
    const file = await readlink(`${descriptors}/${name}`).catch(() => '');
    if (file.startsWith(`${folder}/`)) return true;
  }
  return false;
}
