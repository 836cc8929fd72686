// The product as it is, but for the jail around its VMMs, for what that is there to keep from them: a socket to another process,
// a network of the host's, another program.

import { execFile } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../scripts/build/go.ts';
import { native } from '../../scripts/build/paths.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';
import { defaultAssetFolder } from '../../server/engine/machine/assets.ts';

/** Makes a folder of native files, for an engine's `assets`, some of them built from other sources. No product is built so. */
export async function assetsWithoutJail(
  folder: string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<string> {
  const built = defaultAssetFolder();
  await mkdir(folder, { recursive: true });
  const own = { menv: './cmd/menv', ...replaced };
  for (const name of await readdir(built))
    if (!(name in own)) await symlink(path.join(built, name), path.join(folder, name));
  const go = await findGo();
  const { goos, arch } = hostPlatform();
  for (const [name, source] of Object.entries(own)) {
    const args = ['build', '-tags', 'nojail', '-ldflags=-s -w', '-o', path.join(folder, name), source];
    await promisify(execFile)(go.program, args, { cwd: native, env: go.environment({ goos, arch }) });
  }
  return folder;
}
