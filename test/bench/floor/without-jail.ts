// The product as it is, but for the jail around its VMMs: what a floor adds to QEMU (a socket to another
// process, a network of the host's) is just what the jail is there to keep from it.

import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../scripts/build/go.ts';
import { native } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { defaultAssetFolder } from '../../../server/engine/machine/assets.ts';

/** Makes a folder of native files, for an engine's `assets`. No product is built so. */
export async function assetsWithoutJail(folder: string): Promise<string> {
  const [built, go] = [defaultAssetFolder(), await findGo()];
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(built))
    if (name !== 'menv') await symlink(path.join(built, name), path.join(folder, name));
  const { goos, arch } = hostPlatform();
  const args = ['build', '-tags', 'nojail', '-ldflags=-s -w', '-o', path.join(folder, 'menv'), './cmd/menv'];
  await promisify(execFile)(go.program, args, { cwd: native, env: go.environment({ goos, arch }) });
  return folder;
}
