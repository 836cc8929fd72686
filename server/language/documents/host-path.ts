import { fileURLToPath, pathToFileURL } from 'node:url';

/** Absolute path of a file on this host; empty for everything else. */
export function pathOf(uri: string): string {
  if (!uri.startsWith('file:')) return '';
  try {
    return fileURLToPath(uri);
  } catch {
    // Of another host, or no path at all.
    return '';
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}
