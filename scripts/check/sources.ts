// Checks that read the sources and run nothing of the product.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findGo } from '../build/go.ts';
import { generate, generatedFiles, generatedFolders } from '../build/generate.ts';
import { cacheRoot, native, root } from '../build/paths.ts';
import { exec, single } from './exec.ts';
import type { Task } from './task.ts';

const bin = (name: string): string => path.join(root, 'node_modules/.bin', name);

export const lint: Task = {
  name: 'lint',
  run: async (context) => {
    const cache = [
      '--cache',
      '--cache-strategy',
      'content',
      '--cache-location',
      path.join(cacheRoot, 'eslint/'),
    ];
    return single(await exec(context, bin('eslint'), ['.', '--max-warnings', '0', ...cache]));
  },
};

export const format: Task = {
  name: 'format',
  run: async (context) => {
    const go = await findGo();
    const prettier = await exec(context, bin('prettier'), ['--check', '--log-level', 'warn', '.']);
    let unformatted = '';
    const gofmt = await exec(context, path.join(go.root, 'bin/gofmt'), ['-l', 'cmd', 'internal', 'tools'], {
      cwd: native,
      onLine: (line) => (unformatted += `gofmt: native/${line}\n`),
    });
    context.print(unformatted);
    return single(prettier && gofmt && unformatted === '');
  },
};

export const types: Task = {
  name: 'types',
  run: async (context) => {
    const pages = ['dashboard', 'doctor'].map((name) => `extension/features/${name}/page/tsconfig.json`);
    const projects = ['tsconfig.json', 'scripts/tsconfig.json', ...pages];
    const results = projects.map((project) => exec(context, bin('tsc'), ['--noEmit', '-p', project]));
    return single((await Promise.all(results)).every(Boolean));
  },
};

export const generated: Task = {
  name: 'generated',
  run: async (context) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sandboxfile-generated-'));
    try {
      await generate(folder);
      const stale = await differences(folder);
      for (const file of stale) context.print(`not what \`npm run generate\` makes: ${file}\n`);
      return single(stale.length === 0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function differences(fresh: string): Promise<readonly string[]> {
  const [wanted, have] = await Promise.all([contents(fresh), contents(root)]);
  const names = new Set([...wanted.keys(), ...have.keys()]);
  return [...names].filter((name) => wanted.get(name) !== have.get(name));
}

async function contents(base: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of generatedFiles) {
    found.set(file, await readFile(path.join(base, file), 'utf8').catch(() => ''));
  }
  for (const folder of generatedFolders) {
    const entries = await readdir(path.join(base, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile())) {
      const file = path.join(entry.parentPath, entry.name);
      found.set(path.relative(base, file), await readFile(file, 'utf8'));
    }
  }
  return found;
}
