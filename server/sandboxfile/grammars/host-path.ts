// Paths on the host as text, without asking which system this is: a Sandboxfile may hold Windows
// paths, and nothing here may touch a file system.

/** A drive letter, a colon and a slash. */
const DRIVE = /^[A-Za-z]:[\\/]/;

export function startsWithDrive(path: string): boolean {
  return DRIVE.test(path);
}

export function isAbsoluteHostPath(path: string): boolean {
  return path.startsWith('/') || path.startsWith('\\\\') || startsWithDrive(path);
}

/** `path` against an absolute `folder`; `.` and `..` are folded, `..` stops at the root. */
export function resolveHostPath(folder: string, path: string): string {
  const windows = startsWithDrive(folder) || folder.startsWith('\\\\') || startsWithDrive(path);
  const separator = windows ? '\\' : '/';
  const whole = isAbsoluteHostPath(path) ? path : `${folder}${separator}${path}`;
  const parts = whole.split(windows ? /[\\/]/ : '/');
  const root = whole.startsWith('\\\\') ? '\\\\' : windows ? `${parts.shift() ?? ''}\\` : '/';
  const folded: string[] = [];
  for (const part of parts) {
    if (part === '..') folded.pop();
    else if (part !== '' && part !== '.') folded.push(part);
  }
  return root + folded.join(separator);
}

/** The folder that holds `path`. */
export function hostFolder(path: string): string {
  return resolveHostPath(path, '..');
}
