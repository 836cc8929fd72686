// Test images from Debian packages: OCI layouts with the tag `latest`, built once and cached by
// what they are made of, outside the clone.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { cached } from '../../../scripts/build/cache.ts';
import { run } from '../../../scripts/build/command.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { fetchPackages } from './packages.ts';
import type { Recipe } from './recipes.ts';

/** The folder of the image's layout. */
export async function buildImage(recipe: Recipe): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('images with owners and devices can be made by root only');
  const { arch } = hostPlatform();
  const packages = await cached(
    `debian-${recipe.name}`,
    await keyOf(recipe.packages, arch, 'packages.ts'),
    (folder) => fetchPackages(recipe.packages, folder),
  );
  const key = await keyOf(recipe, await readdir(packages), 'build.ts');
  const image = await cached(`image-${recipe.name}`, key, async (folder) => {
    const builder = new Builder(folder);
    await builder.start(arch);
    const archives = (await readdir(packages)).sort();
    const isSecond = (name: string): boolean => recipe.second.some((start) => name.startsWith(start));
    for (const part of [archives.filter((name) => !isSecond(name)), archives.filter(isSecond)]) {
      if (part.length === 0) continue;
      await builder.layer(async (root) => {
        for (const name of part) await run('dpkg-deb', ['--extract', path.join(packages, name), root]);
      });
    }
    for (const script of recipe.layers) {
      await builder.layer((root) => run('bash', ['-euc', script], { cwd: root }));
    }
    await builder.finish();
  });
  return path.join(image, 'layout');
}

class Builder {
  readonly #layout: string;
  readonly #root: string;
  readonly #archive: string;

  constructor(folder: string) {
    this.#layout = path.join(folder, 'layout');
    this.#root = path.join(folder, 'root');
    this.#archive = path.join(folder, 'layer.tar');
  }

  async start(arch: string): Promise<void> {
    const image = `${this.#layout}:latest`;
    await run('umoci', ['init', '--layout', this.#layout]);
    await run('umoci', ['new', '--image', image]);
    await run('umoci', ['config', '--image', image, '--os', 'linux', '--architecture', arch]);
  }

  async layer(fill: (root: string) => Promise<void>): Promise<void> {
    await mkdir(this.#root, { mode: 0o755 });
    await fill(this.#root);
    await run('tar', [
      '--create',
      `--file=${this.#archive}`,
      `--directory=${this.#root}`,
      '--format=posix',
      '--sort=name',
      '--numeric-owner',
      '--sparse',
      '--xattrs',
      '--xattrs-include=*',
      '.',
    ]);
    await run('umoci', ['raw', 'add-layer', '--image', `${this.#layout}:latest`, this.#archive]);
    await rm(this.#root, { recursive: true });
    await rm(this.#archive);
  }

  /** Earlier manifests are still in the layout. */
  async finish(): Promise<void> {
    await run('umoci', ['gc', '--layout', this.#layout]);
  }
}

async function keyOf(...parts: readonly unknown[]): Promise<string> {
  const source = await readFile(path.join(import.meta.dirname, String(parts.at(-1))));
  return createHash('sha256').update(JSON.stringify(parts)).update(source).digest('hex').slice(0, 32);
}
