// The extension as one file to install, for one platform. It is put together in a folder of its own:
// the package is what lies there and nothing else.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { dist, root } from '../build/paths.ts';
import type { Platform } from '../build/platform.ts';
import { identityVariable, sign } from '../build/sign.ts';
import { isShipped, shippedFiles } from './shipped.ts';

/** Writes dist/sandboxfile-<platform>.vsix from what is built and returns its path. */
export async function packageExtension(platform: Platform): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sandboxfile-vsix-'));
  try {
    await stage(folder, platform);
    const finished = path.join(dist, `sandboxfile-${platform.name}.vsix`);
    const written = path.join(folder, 'package.vsix');
    await createVSIX({
      cwd: folder,
      packagePath: written,
      target: platform.name,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    });
    await cp(written, `${finished}.${process.pid}`);
    await rename(`${finished}.${process.pid}`, finished);
    return finished;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function stage(folder: string, platform: Platform): Promise<void> {
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(await manifest(), undefined, 2));
  const emptyDisk = path.join('dist', platform.name, 'empty.img');
  for (const file of shippedFiles(platform.name)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await cp(path.join(root, file), path.join(folder, file), {
      recursive: true,
      filter: (source) => isShipped(source) && path.relative(root, source) !== emptyDisk,
    });
  }
  const identity = process.env[identityVariable];
  if (identity !== undefined && platform.goos === 'darwin')
    await sign(path.join(folder, 'dist', platform.name, 'menv-krun'), identity);
  // 64 GiB of hole, which no archive takes.
  await promisify(execFile)(path.join(dist, 'tools/assets'), [
    'pack-disk',
    '--input',
    path.join(root, emptyDisk),
    '--out',
    path.join(folder, emptyDisk),
  ]);
}

/** Without what only builds need. */
async function manifest(): Promise<Record<string, unknown>> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8');
  const whole = JSON.parse(text) as Record<string, unknown>;
  const forBuilding = ['files', 'scripts', 'dependencies', 'devDependencies', 'allowScripts', 'private'];
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !forBuilding.includes(key)));
}
