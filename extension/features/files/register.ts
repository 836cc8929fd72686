// The engine's errors are known by class, so the provider comes with the engine: both are loaded with
// the first file that is asked for.

import { Disposable as EditorDisposable, EventEmitter, Uri, workspace } from 'vscode';
import type { FileChangeEvent, FileSystemProvider } from 'vscode';
import { SCHEMES } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';
import { authorityOf } from './address.ts';
import type { SandboxFileSystem } from './file-system.ts';

export function registerFileSystem(projects: Projects): Disposable {
  const disposables = new Disposables();
  const changed = disposables.add(new EventEmitter<FileChangeEvent[]>());
  let loading: Promise<SandboxFileSystem> | undefined;
  const load = async (): Promise<SandboxFileSystem> => {
    const { SandboxFileSystem } = await import('./file-system.ts');
    const loaded = disposables.add(new SandboxFileSystem(projects));
    disposables.add(loaded.onDidChangeFile((events) => changed.fire(events)));
    return loaded;
  };
  const files = (): Promise<SandboxFileSystem> => (loading ??= load());
  const provider: FileSystemProvider = {
    onDidChangeFile: changed.event,
    stat: async (uri) => (await files()).stat(uri),
    readDirectory: async (uri) => (await files()).readDirectory(uri),
    readFile: async (uri) => (await files()).readFile(uri),
    writeFile: async (uri, content, options) => (await files()).writeFile(uri, content, options),
    createDirectory: async (uri) => (await files()).createDirectory(uri),
    delete: async (uri, options) => (await files()).delete(uri, options),
    rename: async (from, to, options) => (await files()).rename(from, to, options),
    watch: (uri, options) => {
      const watching = new Disposables();
      void files().then((loaded) => watching.add(loaded.watch(uri, options)));
      return new EditorDisposable(() => watching.dispose());
    },
  };
  const options = { isCaseSensitive: true, isReadonly: false };
  disposables.add(workspace.registerFileSystemProvider(SCHEMES.file, provider, options));
  return disposables;
}

/** A path of the sandbox in the editor. */
export function fileUri({ file, sandbox }: Target, path: string): Uri {
  return Uri.from({ scheme: SCHEMES.file, authority: authorityOf(file.uri.fsPath, sandbox), path });
}
