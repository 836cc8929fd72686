// The command line as one file, so that it starts fast and the package needs no node_modules.

import path from 'node:path';
import type { BuildOptions, BuildResult } from 'esbuild';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fingerprintTree } from './fingerprint.ts';
import { root } from './paths.ts';

export async function bundleInputs(): Promise<readonly Fingerprint[]> {
  const files = [
    import.meta.filename,
    ...['package.json', 'package-lock.json'].map((name) => path.join(root, name)),
  ];
  const sources = fingerprintTree(path.join(root, 'server'), (file) =>
    /(?<!\.(test|fixture))\.[jt]s$/.test(file),
  );
  return [...(await Promise.all(files.map(fingerprint))), ...(await sources)];
}

export async function bundle(folder: string): Promise<void> {
  await esbuild({ outfile: path.join(folder, 'msb.js') });
}

/** What is in the bundle, from the project's root. */
export async function bundledFiles(): Promise<readonly string[]> {
  const { metafile } = await esbuild({ outfile: 'msb.js', write: false, metafile: true });
  return Object.keys(metafile?.inputs ?? {});
}

async function esbuild(options: BuildOptions): Promise<BuildResult> {
  // Loaded only when there is something to bundle.
  const { build } = await import('esbuild');
  return build({
    ...options,
    absWorkingDir: root,
    entryPoints: [path.join(root, 'server/cli/main.ts')],
    bundle: true,
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // CommonJS packages in the bundle call require() for Node's own modules. The name is one that
    // the minifier never makes.
    banner: {
      js: "import{createRequire as requireOfBundle}from'node:module';const require=requireOfBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
