// Programs as one file each, so that they start fast and the package needs no node_modules.

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

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Oldest Node that runs it. */
  readonly target: string;
}

export const bundles: readonly Bundle[] = [
  { name: 'msb', entry: 'server/cli/main.ts', target: 'node24' },
  // Editors start it with the Node that they bring.
  { name: 'language-server', entry: 'server/language/main.ts', target: 'node20' },
];

export async function build(bundle: Bundle, folder: string): Promise<void> {
  await esbuild(bundle, { outfile: path.join(folder, `${bundle.name}.js`) });
}

/** What is in the bundle, from the project's root. */
export async function bundledFiles(bundle: Bundle): Promise<readonly string[]> {
  const { metafile } = await esbuild(bundle, { outfile: 'bundle.js', write: false, metafile: true });
  return Object.keys(metafile?.inputs ?? {});
}

async function esbuild({ entry, target }: Bundle, options: BuildOptions): Promise<BuildResult> {
  // Loaded only when there is something to bundle.
  const { build } = await import('esbuild');
  return build({
    ...options,
    absWorkingDir: root,
    entryPoints: [path.join(root, entry)],
    bundle: true,
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    platform: 'node',
    format: 'esm',
    target,
    // CommonJS packages in the bundle call require() for Node's own modules. The name is one that
    // the minifier never makes.
    banner: {
      js: "import{createRequire as requireOfBundle}from'node:module';const require=requireOfBundle(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
