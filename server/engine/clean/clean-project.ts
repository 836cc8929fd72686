import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { CleanOptions } from '../api.ts';
import { errnoOf, hasCode, SandboxError } from '../errors/index.ts';
import { makeRunFolder, projectFolder, runFolder } from '../layout.ts';
import type { ProjectFolder } from '../layout.ts';
import type { Installation } from '../lifecycle/context.ts';
import { deleteUnowned } from '../machine/clean.ts';
import { DEFAULT_FILE, readProjectFile } from '../project/open.ts';
import { ProjectHistory } from '../state/project-history.ts';

/** Deletes `menv/`, or with a name what that sandbox has left in it. */
export async function cleanProject(installation: Installation, options: CleanOptions): Promise<void> {
  const { file = DEFAULT_FILE, name, force = false, dryRun = false } = options;
  const root = await realRoot(options.root);
  const folder = projectFolder(root, file);
  const left = await leavings(folder);
  const defined = await definedNames(options);
  if (name === undefined) {
    if (defined !== undefined && !force) throw new SandboxError('CLEAN_CONFIGURED', { subject: file });
    if (!dryRun) await remove(installation, root, left, [relative(root, folder.root)], options.signal);
    return;
  }
  if (defined?.has(name) === true && !force) throw new SandboxError('CLEAN_DEFINED', { subject: name });
  const own = left.filter((each) => each.file === file && each.name === name);
  if (own.length === 0 && defined?.has(name) !== true) {
    throw new SandboxError('SANDBOX_UNKNOWN', { subject: name, context: file });
  }
  if (dryRun || own.length === 0) return;
  const paths = ownPaths(folder, name).map((path) => relative(root, path));
  await remove(installation, root, own, paths, options.signal);
  await forget(folder, file, name);
}

/** A sandbox that has something in `menv/`. */
interface Leaving {
  readonly file: string;
  readonly name: string;
}

async function realRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (error) {
    throw new SandboxError('PROJECT_UNREADABLE', { subject: root, cause: error });
  }
}

/** Also of Sandboxfiles and definitions that are no more. */
async function leavings(folder: ProjectFolder): Promise<readonly Leaving[]> {
  const found = new Map<string, Leaving>();
  for (const [kind, ending, inner] of [
    ['rw', '', ''],
    ['snapshots', '', ''],
    ['saved', '', ''],
    ['log', '.log', ''],
    ['log', '.old', ''],
    ['denials', '.log', ''],
    ['denials', '.old', ''],
    ['forks', '.json', 'records'],
  ] as const) {
    for (const file of await entries(join(folder.root, kind))) {
      for (const entry of await entries(join(folder.root, kind, file, inner))) {
        const name = basename(entry, ending);
        if (entry.endsWith(ending)) found.set(`${file}/${name}`, { file, name });
      }
    }
  }
  return [...found.values()];
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw new SandboxError('PROJECT_UNREADABLE', { subject: folder, cause: error });
  }
}

/** Undefined: there is no Sandboxfile. One with errors is there all the same. */
async function definedNames(options: CleanOptions): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set((await readProjectFile(options)).project.sandboxes.keys());
  } catch (error) {
    if (hasCode(error, 'FILE_NOT_FOUND')) return undefined;
    if (hasCode(error, 'FILE_INVALID')) return new Set();
    throw error;
  }
}

async function remove(
  installation: Installation,
  root: string,
  owners: readonly Leaving[],
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { assets, home } = installation;
  const runs = owners.map(({ file, name }) => ({ name, run: runFolder(home, root, file, name) }));
  // Owning a folder needs one, also for a sandbox that ran with another home.
  for (const { run } of runs) await makeRunFolder(run);
  try {
    const runFolders = runs.map(({ run }) => run.root);
    await deleteUnowned({ menv: assets.menv, root, runFolders, names, signal });
  } catch (error) {
    if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
    const running = runs.find(({ run }) => run.root === error.subject);
    throw new SandboxError('CLEAN_RUNNING', { subject: running?.name ?? error.subject });
  }
}

function ownPaths(folder: ProjectFolder, name: string): readonly string[] {
  const logs = [folder.log(name), folder.denials(name)];
  return [
    dirname(folder.disk(name)),
    folder.snapshots(name),
    folder.saved(name),
    ...logs,
    ...logs.map((log) => log.replace(/\.log$/, '.old')),
    // Last: a fork that is half deleted is found again.
    folder.forks.record(name),
  ];
}

/** What cannot be forgotten is history that cannot be read either. */
async function forget(folder: ProjectFolder, file: string, name: string): Promise<void> {
  const history = new ProjectHistory(folder.stateDb, file, () => undefined);
  await history.forget(name);
  await history.close();
}
