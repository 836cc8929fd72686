import { createHash } from 'node:crypto';
import path from 'node:path';
import { workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';

/**
 * For what all windows of the workspace share, also with one that the server keeps after its page has gone: the editor
 * gives a storage of its own to each extension host while another one of the workspace lives. Undefined: nothing is open.
 */
export function workspaceFolder({ globalStorageUri }: ExtensionContext): string | undefined {
  const opened = workspace.workspaceFile ?? workspace.workspaceFolders?.[0]?.uri;
  if (opened === undefined) return undefined;
  const key = createHash('sha256').update(opened.toString()).digest('hex').slice(0, 16);
  return path.join(globalStorageUri.fsPath, 'workspaces', key);
}
