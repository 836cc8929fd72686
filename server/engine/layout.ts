import { createHash } from 'node:crypto';
import { readdir, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { errnoOf, fromErrno } from './errors/index.ts';
import { NewFolders } from './new-folders.ts';

/** Where a user's images and running sandboxes are kept. */
export interface Home {
  readonly root: string;
  readonly images: string;
  readonly run: string;
  /** Networks of projects that run. */
  readonly networks: string;
  /** Values of secrets, a folder for each Sandboxfile. */
  readonly secrets: string;
  /** Temporary projects of `exe`. */
  readonly oneOff: string;
  /** Where the pool of waiting guests listens. */
  readonly poolSocket: string;
}

export function homeAt(root: string): Home {
  return {
    root,
    images: join(root, 'images'),
    run: join(root, 'run'),
    networks: join(root, 'net'),
    secrets: join(root, 'secrets'),
    oneOff: join(root, 'oneoff'),
    poolSocket: join(root, 'pool', 'sock'),
  };
}

export function defaultHome(env: NodeJS.ProcessEnv = process.env): string {
  const moved = env['MENV_HOME'];
  return moved === undefined || moved === '' ? join(homedir(), '.menv') : resolve(moved);
}

/** All that is ever made in the user's folder; what else is in it is not ours. */
export const HOME_ENTRIES: readonly string[] = [
  'images',
  'net',
  'oneoff',
  'pool',
  'secrets',
  'templates',
  'auth.json',
  'registries.json',
  'host-clock',
  'vmm-probe',
  'installs',
  'namespaces',
  'projects',
  'server.key',
  'snapshot.key',
  'server.log',
  'server.pid',
  // Last: their locks are held until then.
  'run',
];

/** A project's own state, `menv/` beside the Sandboxfile. */
export interface ProjectFolder {
  readonly root: string;
  readonly stateDb: string;
  /** Held by whoever edits the Sandboxfile. */
  readonly editLock: string;
  /** A folder for each sandbox that has ever run. */
  readonly disks: string;
  disk(sandbox: string): string;
  /** Names the disk's layers, once there are several; the file `disk` may be none of them. */
  diskLayers(sandbox: string): string;
  log(sandbox: string): string;
  /** What the sandbox was denied in its network, a line of JSON each. */
  denials(sandbox: string): string;
  /** With a name the folder of one. */
  snapshots(sandbox: string, name?: string): string;
  /** What a sandbox that was ended to go on later goes on from. */
  saved(sandbox: string): string;
  /** What members of a group share. */
  groupVolume(group: string, volume: string): string;
  readonly forks: ForkFolder;
}

/** What is kept of a Sandboxfile's forks beside what every sandbox has. */
export interface ForkFolder {
  /** Held by whoever makes some. */
  readonly lock: string;
  readonly records: string;
  record(fork: string): string;
  /** What those that are being made go on from. */
  readonly seeds: string;
}

export function projectFolder(projectRoot: string, file: string): ProjectFolder {
  const root = join(projectRoot, 'menv');
  const forks = join(root, 'forks', file);
  const disks = join(root, 'rw', file);
  return {
    root,
    stateDb: join(root, 'state.db'),
    editLock: join(root, 'edit.lock'),
    disks,
    disk: (sandbox) => join(disks, sandbox, 'disk.img'),
    diskLayers: (sandbox) => join(disks, sandbox, 'layers.json'),
    log: (sandbox) => join(root, 'log', file, `${sandbox}.log`),
    denials: (sandbox) => join(root, 'denials', file, `${sandbox}.log`),
    snapshots: (sandbox, name = '') => join(root, 'snapshots', file, sandbox, name),
    saved: (sandbox) => join(root, 'saved', file, sandbox),
    groupVolume: (group, volume) => join(root, 'volumes', file, group, volume),
    forks: {
      lock: join(forks, 'lock'),
      records: join(forks, 'records'),
      record: (fork) => join(forks, 'records', `${fork}.json`),
      seeds: join(forks, 'seeds'),
    },
  };
}

/** Makes `menv/` as `init` and the first run do. Existing files stay as they are. */
export async function makeProjectFolder(folder: ProjectFolder, folders = new NewFolders()): Promise<void> {
  try {
    await folders.make(join(folder.root, 'log'));
    await folders.make(join(folder.root, 'rw'));
    await writeFile(ignoreFile(folder), '*\n', { flag: 'wx' }).catch(unlessExists);
  } catch (error) {
    throw fromErrno(error, folder.root, 'PROJECT_UNREADABLE');
  }
}

/** Takes back what a refused start has made, `menv/` too when it is new and nothing else is in it. */
export async function takeBackFolders(folder: ProjectFolder, folders: NewFolders): Promise<void> {
  await folders.takeBack();
  if (!folders.has(folder.root)) return;
  const content = await readdir(folder.root).catch(() => []);
  if (content.length !== 1 || content[0] !== basename(ignoreFile(folder))) return;
  await unlink(ignoreFile(folder)).catch(() => undefined);
  await folders.takeBack();
}

function ignoreFile(folder: ProjectFolder): string {
  return join(folder.root, '.gitignore');
}

/**
 * The folder that a sandbox's supervisor owns while it runs. The name is short because a socket's
 * path is limited to about 100 bytes, and made from the project's real path, so that two ways to
 * write one project's path mean one sandbox.
 */
export function runFolder(home: Home, realProjectRoot: string, file: string, sandbox: string): RunFolder {
  const hash = createHash('sha256').update(`${realProjectRoot}\0${file}\0${sandbox}`).digest('hex');
  const root = join(home.run, hash.slice(0, 16));
  return { root, socket: join(root, 'sock'), lock: join(root, 'lock'), result: join(root, 'result.json') };
}

/** The folder that the gateway of a file's network owns while one of its sandboxes runs. */
export function networkFolder(home: Home, realProjectRoot: string, file: string): string {
  return join(home.networks, fileHash(realProjectRoot, file));
}

/** Where what the user has given for a file's secrets is kept, out of the project's reach. */
export function secretsFolder(home: Home, realProjectRoot: string, file: string): string {
  return join(home.secrets, fileHash(realProjectRoot, file));
}

function fileHash(realProjectRoot: string, file: string): string {
  return createHash('sha256').update(`${realProjectRoot}\0${file}`).digest('hex').slice(0, 16);
}

export interface RunFolder {
  readonly root: string;
  readonly socket: string;
  /** Holds the supervisor's pid. */
  readonly lock: string;
  readonly result: string;
}

export async function makeRunFolder(folder: RunFolder, folders = new NewFolders()): Promise<void> {
  try {
    await folders.make(folder.root, 0o700);
  } catch (error) {
    throw fromErrno(error, folder.root, 'RUN_FOLDER');
  }
}

function unlessExists(error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') throw error;
}
