// Whether VS Code on this machine knows Sandboxfiles.

import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Finding } from '../api.ts';
import { good, limited } from './finding.ts';
import type { Subject } from './finding.ts';

const SUBJECT: Subject = {
  id: 'editor',
  title: 'VS Code',
  why: 'with the extension it runs sandboxes, shows their state and checks Sandboxfiles while they are written',
};

export async function editor(home = homedir(), path = process.env['PATH'] ?? ''): Promise<Finding> {
  const versions: string[] = [];
  for (const folder of FOLDERS) {
    const names = await readdir(join(home, folder, 'extensions')).catch(() => []);
    for (const name of names) {
      const [, version] = EXTENSION.exec(name) ?? [];
      if (version !== undefined) versions.push(version);
    }
  }
  if (versions.length > 0)
    return good(SUBJECT, `the extension is installed: ${[...new Set(versions)].join(', ')}`);
  const programs = await Promise.all(PROGRAMS.map((program) => isInPath(program, path)));
  const found = programs.some(Boolean) ? 'installed, without the extension' : 'not found';
  return limited(
    SUBJECT,
    found,
    'install the extension: `code --install-extension sandboxfile-<platform>.vsix`; msb works without',
  );
}

const PROGRAMS = ['code', 'codium', 'code-server', 'code-insiders'];
const FOLDERS = ['.vscode', '.vscode-server', '.vscode-oss', '.vscode-insiders', '.vscode-server-insiders'];
const EXTENSION = /^[^.]+\.sandboxfile-(\d+\.\d+\.\d+)/;

async function isInPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    const file = await stat(join(folder, program)).catch(() => undefined);
    if (file?.isFile() === true) return true;
  }
  return false;
}
