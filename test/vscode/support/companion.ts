// The extension of somebody else, as a file to install.

import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';

const sources = path.join(import.meta.dirname, '../companion');

export async function packageCompanion(folder: string): Promise<string> {
  const cwd = path.join(folder, 'companion');
  await mkdir(cwd);
  await copyFile(path.join(sources, 'manifest.json'), path.join(cwd, 'package.json'));
  await build({
    entryPoints: [path.join(sources, 'companion.ts')],
    outfile: path.join(cwd, 'companion.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  const packagePath = path.join(folder, 'companion.vsix');
  await createVSIX({
    cwd,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return packagePath;
}
