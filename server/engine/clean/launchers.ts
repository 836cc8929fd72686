import { lstat, readdir, readFile, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const marker = /^# MSB-ALIAS: /m;
/** They came with the product, not from an installed sandbox. */
const shims = new Set(['msi', 'msx', 'msr']);
/** Launchers are a few lines; nothing larger is read. */
const maxBytes = 4 << 10;

/** Deletes the programs in `~/.local/bin` that carry the mark of an installed sandbox. */
export async function removeLaunchers(): Promise<void> {
  const folder = join(homedir(), '.local', 'bin');
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (!shims.has(name) && (await isLauncher(path))) await unlink(path);
  }
}

async function isLauncher(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  if (info?.isFile() !== true || info.size > maxBytes) return false;
  const text = await readFile(path, 'utf8').catch(() => '');
  return marker.test(text);
}
