// The command line as one file, so that it starts fast and the package needs no node_modules.

import path from 'node:path';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fingerprintTree } from './fingerprint.ts';
import { root } from './paths.ts';

export async function bundleInputs(): Promise<readonly Fingerprint[]> {
  const lock = fingerprint(path.join(root, 'package-lock.json'));
  const sources = fingerprintTree(path.join(root, 'server'), (file) =>
    /(?<!\.(test|fixture))\.[jt]s$/.test(file),
  );
  return [await lock, ...(await sources)];
}

export async function bundle(folder: string): Promise<void> {
  // Loaded only when there is something to bundle.
  const { build } = await import('esbuild');
  await build({
    entryPoints: [path.join(root, 'server/cli/main.ts')],
    outfile: path.join(folder, 'msb.js'),
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: 'external',
    legalComments: 'none',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // CommonJS packages in the bundle call require() for Node's own modules.
    banner: { js: "import{createRequire as $r}from'node:module';const require=$r(import.meta.url);" },
    logLevel: 'warning',
  });
}
