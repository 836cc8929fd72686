// Debian packages with all they depend on, fetched without touching the system's own state.

import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../../scripts/build/command.ts';

/** Leaves the packages and what they depend on in the folder. */
export async function fetchPackages(names: readonly string[], folder: string): Promise<void> {
  const state = path.join(folder, '.apt');
  const archives = path.join(state, 'cache/archives');
  await mkdir(path.join(state, 'lists/partial'), { recursive: true });
  await mkdir(path.join(archives, 'partial'), { recursive: true });
  await writeFile(path.join(state, 'status'), '');
  const options = {
    'Dir::State': state,
    'Dir::State::lists': path.join(state, 'lists'),
    'Dir::State::status': path.join(state, 'status'),
    'Dir::Cache': path.join(state, 'cache'),
    'Acquire::Languages': 'none',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': '',
    'Debug::NoLocking': '1',
  };
  const apt = (...args: readonly string[]): Promise<void> =>
    run('apt-get', [
      '-qq',
      ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
      ...args,
    ]);
  try {
    await apt('update');
    await apt('install', '--download-only', '--yes', ...names);
  } catch (cause) {
    throw new Error(
      `the packages ${names.join(', ')} are not in the cache and could not be fetched: run the test once ` +
        'where `apt-get update` works (its sources are /etc/apt/sources.list and sources.list.d)',
      { cause },
    );
  }
  for (const name of await readdir(archives)) {
    if (name.endsWith('.deb')) await rename(path.join(archives, name), path.join(folder, name));
  }
  await rm(state, { recursive: true });
}
