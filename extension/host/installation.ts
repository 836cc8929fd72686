import path from 'node:path';
import type { ExtensionContext } from 'vscode';

/** Where the parts of this installation are. */
export interface Installation {
  readonly languageServer: string;
  /** The program of our terminals. */
  readonly terminal: string;
  /** Runs both: the Node of the editor, also where it is inside Electron. */
  readonly node: string;
  readonly nodeEnvironment: Readonly<Record<string, string>>;
  readonly version: string;
}

export function installationOf(context: ExtensionContext): Installation {
  const dist = path.join(context.extensionPath, 'dist');
  const { version } = context.extension.packageJSON as { readonly version: string };
  return {
    languageServer: path.join(dist, 'language-server', 'language-server.js'),
    terminal: path.join(dist, 'terminal', 'terminal.js'),
    node: process.execPath,
    nodeEnvironment: { ELECTRON_RUN_AS_NODE: '1' },
    version,
  };
}
