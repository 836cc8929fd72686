// The extension of somebody else, as a file to install.

import path from 'node:path';
import { createVSIX } from '@vscode/vsce';

export async function packageCompanion(folder: string): Promise<string> {
  const packagePath = path.join(folder, 'companion.vsix');
  await createVSIX({
    cwd: path.join(import.meta.dirname, '../companion'),
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return packagePath;
}
