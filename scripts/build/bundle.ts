// Programs without node_modules, split so that each loads only what it uses.

import path from 'node:path';
import type { BuildOptions, BuildResult } from 'esbuild';
import { requiredBuiltins } from './builtins.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fingerprintTree } from './fingerprint.ts';
import { root } from './paths.ts';

export async function bundleInputs(): Promise<readonly Fingerprint[]> {
  const files = [
    import.meta.filename,
    path.join(import.meta.dirname, 'builtins.ts'),
    ...['package.json', 'package-lock.json'].map((name) => path.join(root, name)),
  ];
  const sources = ['server', 'extension'].map((folder) =>
    fingerprintTree(path.join(root, folder), (file) => /(?<!\.(test|fixture))\.([jt]s|css)$/.test(file)),
  );
  return [...(await Promise.all(files.map(fingerprint))), ...(await Promise.all(sources)).flat()];
}

export interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** Oldest Node that runs it. */
  readonly target: string;
  /** A folder of files that are loaded when they are needed, instead of one file. */
  readonly split: boolean;
  /** Modules that the host of the program brings. */
  readonly external?: readonly string[];
  /** Runs in a page of the editor; its styles are a file beside it. */
  readonly inPage?: boolean;
}

export const bundles: readonly Bundle[] = [
  { name: 'msb', entry: 'server/cli/main.ts', target: 'node24', split: true },
  // Editors start it with the Node that they bring.
  { name: 'language-server', entry: 'server/language-host/main.ts', target: 'node20', split: true },
  { name: 'terminal', entry: 'server/cli/editor-terminal/main.ts', target: 'node20', split: true },
  { name: 'extension', entry: 'extension/main.ts', target: 'node20', split: true, external: ['vscode'] },
  {
    name: 'dashboard',
    entry: 'extension/features/dashboard/page/main.ts',
    target: 'es2022',
    split: true,
    inPage: true,
  },
  {
    name: 'doctor',
    entry: 'extension/features/doctor/page/main.ts',
    target: 'es2022',
    split: true,
    inPage: true,
  },
];

/** Below dist/; a folder ends in a slash. */
export function outputsOf({ name, split }: Bundle): readonly string[] {
  return split ? [`${name}/`] : [`${name}.js`, `${name}.js.map`];
}

export async function build(bundle: Bundle, folder: string): Promise<void> {
  await esbuild(bundle, { outdir: bundle.split ? path.join(folder, bundle.name) : folder });
}

/** What is in the bundle, from the project's root. */
export async function bundledFiles(bundle: Bundle): Promise<readonly string[]> {
  const { metafile } = await esbuild(bundle, { outdir: 'bundle', write: false, metafile: true });
  return Object.keys(metafile?.inputs ?? {});
}

/** What the bundle's `file` brings with it: all that it imports without `import()`, from the project's root. */
export async function loadedWith(bundle: Bundle, file: string): Promise<ReadonlySet<string>> {
  const { metafile } = await esbuild(bundle, { outdir: 'bundle', write: false, metafile: true });
  const loaded = new Set([file]);
  for (const each of loaded) {
    for (const { path: imported, kind, external } of metafile?.inputs[each]?.imports ?? []) {
      if (kind !== 'dynamic-import' && external !== true) loaded.add(imported);
    }
  }
  return loaded;
}

/** What is loaded before anything is asked for: the entry and all that it imports without `import()`. */
export async function eagerBytes(bundle: Bundle): Promise<number> {
  const { metafile } = await esbuild(bundle, { outdir: 'bundle', write: false, metafile: true });
  const outputs = metafile?.outputs ?? {};
  const eager = new Set([`bundle/${bundle.name}.js`]);
  let bytes = 0;
  for (const file of eager) {
    bytes += outputs[file]?.bytes ?? 0;
    for (const { path: imported, kind } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && imported in outputs) eager.add(imported);
    }
  }
  return bytes;
}

async function esbuild(bundle: Bundle, options: BuildOptions): Promise<BuildResult> {
  const { name, entry, target, split, external = [], inPage = false } = bundle;
  // Loaded only when there is something to bundle.
  const { build } = await import('esbuild');
  return build({
    ...options,
    absWorkingDir: root,
    entryPoints: { [name]: path.join(root, entry) },
    external: [...external],
    // The same code as modules: what is not used is left out, and a third less is done when it is loaded.
    alias: inPage ? {} : { yaml: path.join(root, 'node_modules/yaml/browser/dist/index.js') },
    // What these files export stands for the globals of the same names.
    inject: inPage ? [] : [path.join(root, 'server/headers.ts')],
    plugins: inPage ? [] : [requiredBuiltins],
    splitting: split && !inPage,
    chunkNames: '[hash]',
    bundle: true,
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    platform: inPage ? 'browser' : 'node',
    format: inPage ? 'iife' : 'esm',
    target,
    // CommonJS packages in the bundle call require() for Node's own modules. The name is one that
    // the minifier never makes.
    banner: inPage
      ? {}
      : {
          js: "import{createRequire as requireOfBundle}from'node:module';const require=requireOfBundle(import.meta.url);",
        },
    logLevel: 'warning',
  });
}
