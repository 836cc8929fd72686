import { homedir } from 'node:os';
import path from 'node:path';

export const root = path.dirname(path.dirname(import.meta.dirname));
export const dist = path.join(root, 'dist');
export const native = path.join(root, 'native');

/** What is built or fetched lives here, shared by all clones; safe to delete at any time. */
export const cacheRoot = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
  'sandboxfile',
);
