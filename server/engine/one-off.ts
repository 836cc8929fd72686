// Temporary projects for `exe`: a folder with a Sandboxfile of its own, gone when it is closed. A
// front end that was killed leaves one behind; the next engine finds that its owner is no more.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OneOffOptions } from './api.ts';
import { fromErrno } from './errors/index.ts';
import type { Home } from './layout.ts';
import { processIdentity } from './machine/process-identity.ts';
import { DEFAULT_FILE } from './project/open.ts';

export const ONE_OFF_SANDBOX = 'tmp';

/** Makes the project's folder; resolves to its path. */
export async function makeOneOff(home: Home, options: OneOffOptions): Promise<string> {
  const root = join(home.oneOff, randomUUID().slice(0, 13));
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await writeFile(join(root, OWNER), JSON.stringify([process.pid, await processIdentity(process.pid)]));
    await writeFile(join(root, DEFAULT_FILE), sandboxfile(options));
    return root;
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw fromErrno(error, root, 'RUN_FOLDER');
  }
}

export async function removeOneOff(root: string): Promise<void> {
  // The owner's name goes last: a removal that is cut short is found again.
  for (const name of await entries(root)) {
    if (name !== OWNER) await rm(join(root, name), { recursive: true, force: true });
  }
  await rm(root, { recursive: true, force: true });
}

/** Folders whose owner is gone. */
export async function orphanedOneOffs(home: Home): Promise<readonly string[]> {
  const roots = (await entries(home.oneOff)).map((name) => join(home.oneOff, name));
  const orphaned = await Promise.all(roots.map(async (root) => ((await isOwned(root)) ? [] : [root])));
  return orphaned.flat();
}

const OWNER = 'owner';

/** JSON is YAML, and needs no care for what a value may hold. */
function sandboxfile(options: OneOffOptions): string {
  const sandbox = {
    image: localPath(options.image, options.cwd),
    memory: options.memoryMib,
    cpus: options.cpus,
    volumes: options.volumes?.map((volume) => hostAbsolute(volume, options.cwd)),
    ports: options.ports,
    envs: options.envs,
    workdir: options.workdir,
    scope: options.scope,
    // The last of what can run, so that every image starts something.
    shell: '/bin/sh',
  };
  return `${JSON.stringify({ sandboxes: { [ONE_OFF_SANDBOX]: sandbox } })}\n`;
}

function localPath(image: string, cwd: string): string {
  return image.startsWith('.') ? resolve(cwd, image) : image;
}

function hostAbsolute(volume: string, cwd: string): string {
  const colon = volume.indexOf(':');
  return colon < 1 ? volume : `${resolve(cwd, volume.slice(0, colon))}${volume.slice(colon)}`;
}

async function isOwned(root: string): Promise<boolean> {
  try {
    const [pid, identity] = JSON.parse(await readFile(join(root, OWNER), 'utf8')) as [number, string];
    return (await processIdentity(pid)) === identity;
  } catch {
    // Made a moment ago by somebody who has not come to sign it, or left by one who never will.
    return (await ageMs(root)) < UNSIGNED_MS;
  }
}

const UNSIGNED_MS = 10_000;

async function ageMs(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  return info === undefined ? 0 : Date.now() - info.ctimeMs;
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
