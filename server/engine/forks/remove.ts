import { realpath } from 'node:fs/promises';
import type { EditOptions } from '../api.ts';
import { projectFolder, runFolder } from '../layout.ts';
import type { Installation } from '../lifecycle/context.ts';
import { DEFAULT_FILE, readProjectFile } from '../project/open.ts';
import { deleteFork } from './discard.ts';
import { ForkStore } from './store.ts';

/** Deletes those names that are forks, with all they have; CLEAN_RUNNING. Resolves to them. */
export async function removeForks(
  installation: Installation,
  options: EditOptions,
): Promise<ReadonlySet<string>> {
  const { names, file = DEFAULT_FILE, signal } = options;
  const { project } = await readProjectFile(options);
  const root = await realpath(options.root);
  const store = new ForkStore(root, projectFolder(root, file));
  const recorded = new Set(await store.recorded());
  const forks = names.filter((name) => !project.sandboxes.has(name) && recorded.has(name));
  if (forks.length === 0) return new Set();
  using _lock = await store.lock(signal);
  for (const name of forks) {
    const run = runFolder(installation.home, root, file, name).root;
    await deleteFork(installation, { root, file, name, run });
  }
  return new Set(forks);
}
