import { FileType, l10n, Uri, window, workspace } from 'vscode';
import { NEW_SANDBOXFILE } from '../../../server/engine/index.ts';
import { notify } from '../../host/notices.ts';

const FILE = 'Sandboxfile';

/** Makes a Sandboxfile in a folder of the workspace and opens it; one that exists is opened as it is. */
export async function initialize(argument: unknown): Promise<void> {
  const folder = argument instanceof Uri ? await folderOf(argument) : await pickFolder();
  if (folder === undefined) {
    void notify('info', l10n.t('Open a folder first: a Sandboxfile belongs to one.'));
    return;
  }
  const uri = Uri.joinPath(folder, FILE);
  const exists = await workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) await workspace.fs.writeFile(uri, new TextEncoder().encode(NEW_SANDBOXFILE));
  await window.showTextDocument(uri);
}

async function folderOf(uri: Uri): Promise<Uri> {
  const { type } = await workspace.fs.stat(uri);
  return (type & FileType.Directory) === 0 ? Uri.joinPath(uri, '..') : uri;
}

async function pickFolder(): Promise<Uri | undefined> {
  const folders = workspace.workspaceFolders ?? [];
  if (folders.length <= 1) return folders[0]?.uri;
  return (await window.showWorkspaceFolderPick())?.uri;
}
