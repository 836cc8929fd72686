import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CleanHomeOptions } from '../api.ts';
import { hasCode, SandboxError } from '../errors/index.ts';
import { HOME_ENTRIES } from '../layout.ts';
import type { Installation } from '../lifecycle/context.ts';
import { endPool } from '../machine/pool-keeping.ts';
import { deleteUnowned } from '../machine/clean.ts';
import { readProjectFile } from '../project/open.ts';
import { removeLaunchers } from './launchers.ts';

/** Deletes the user's folder as far as it is ours, and with `force` the launchers of installed sandboxes. */
export async function cleanHome(installation: Installation, options: CleanHomeOptions): Promise<void> {
  const { force = false, dryRun = false, signal } = options;
  const { assets, home } = installation;
  if (!force && (await hasInstalled(join(home.root, 'installs'), signal))) {
    throw new SandboxError('CLEAN_INSTALLED', { subject: home.root });
  }
  const runFolders = (await readdir(home.run).catch(() => [])).map((name) => join(home.run, name));
  const names = dryRun ? [] : HOME_ENTRIES;
  if (!dryRun) await endPool(assets.menv, home.poolSocket);
  try {
    await deleteUnowned({ menv: assets.menv, root: home.root, runFolders, names, signal });
  } catch (error) {
    if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
    throw new SandboxError('CLEAN_HOME_RUNNING', { subject: home.root });
  }
  if (dryRun) return;
  // Files of others in it keep it.
  await rmdir(home.root).catch(() => undefined);
  if (force) await removeLaunchers();
}

async function hasInstalled(root: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const { project } = await readProjectFile({ root, ...(signal === undefined ? {} : { signal }) });
    return project.sandboxes.size > 0;
  } catch (error) {
    if (hasCode(error, 'FILE_NOT_FOUND')) return false;
    // A file that cannot be read may define some.
    if (hasCode(error, 'FILE_INVALID')) return true;
    throw error;
  }
}
