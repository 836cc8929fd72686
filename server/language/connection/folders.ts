import { DidChangeWorkspaceFoldersNotification, type Connection } from 'vscode-languageserver';
import type { InitializeParams } from 'vscode-languageserver';
import { pathOf } from '../documents/host-path.ts';
import type { Workspace } from '../documents/workspace.ts';

/** Absolute paths of the workspace's folders; clients of one folder say it in an older way. */
export function foldersOf(params: InitializeParams): readonly string[] {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what such clients send
  const { workspaceFolders, rootUri } = params;
  const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]);
  return paths(uris);
}

/** Folders that are added and taken away while the server runs. */
export function followFolders(connection: Connection, workspace: Workspace, changed: () => void): void {
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    const removed = new Set(paths(event.removed.map(({ uri }) => uri)));
    const kept = workspace.folders.filter((folder) => !removed.has(folder));
    workspace.folders = [...new Set([...kept, ...paths(event.added.map(({ uri }) => uri))])];
    changed();
  });
}

function paths(uris: readonly string[]): readonly string[] {
  return uris.map(pathOf).filter((path) => path !== '');
}
