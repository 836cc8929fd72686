// What the members of a group share lies in `menv/`, which a clone may have brought: a link there could lead
// to any folder of the host.

import { lstat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import type { NewFolders } from '../new-folders.ts';
import type { SandboxContext } from './context.ts';

export async function makeGroupFolders(
  { groupMounts, folder }: Pick<SandboxContext, 'groupMounts' | 'folder'>,
  folders: NewFolders,
): Promise<void> {
  for (const { host } of groupMounts) {
    try {
      await refuseLinks(folder.root, host);
      await folders.make(host);
    } catch (error) {
      throw fromErrno(error, host, 'PROJECT_UNREADABLE');
    }
  }
}

async function refuseLinks(root: string, path: string): Promise<void> {
  let each = root;
  for (const segment of relative(root, path).split(sep)) {
    each = join(each, segment);
    try {
      if (!(await lstat(each)).isDirectory()) throw new SandboxError('VOLUME', { subject: each });
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
  }
}
