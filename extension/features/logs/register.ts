// Logs as files of the editor. What reads them comes with the engine: both are loaded with the first log that is
// asked for.

import {
  Disposable as EditorDisposable,
  EventEmitter,
  FileChangeType,
  FileSystemError,
  workspace,
} from 'vscode';
import type { FileChangeEvent, FileSystemProvider, Uri } from 'vscode';
import { SCHEMES } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Projects } from '../projects/projects.ts';
import type { LogDocuments } from './log-documents.ts';

export class Logs implements Disposable {
  readonly #projects: Projects;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new EventEmitter<FileChangeEvent[]>());
  #loading: Promise<LogDocuments> | undefined;

  constructor(projects: Projects) {
    this.#projects = projects;
    const options = { isCaseSensitive: true, isReadonly: true };
    this.#disposables.add(workspace.registerFileSystemProvider(SCHEMES.log, this.#provider(), options));
  }

  documents(): Promise<LogDocuments> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #provider(): FileSystemProvider {
    const refused = (uri: Uri): never => {
      throw FileSystemError.NoPermissions(uri);
    };
    return {
      onDidChangeFile: this.#changed.event,
      stat: async (uri) => (await this.documents()).stat(uri),
      readFile: async (uri) => (await this.documents()).readFile(uri),
      // It tells by itself.
      watch: () => new EditorDisposable(() => undefined),
      readDirectory: () => [],
      createDirectory: refused,
      writeFile: refused,
      delete: refused,
      rename: refused,
    };
  }

  async #load(): Promise<LogDocuments> {
    const [{ LogDocuments }, { follow }] = await Promise.all([
      import('./log-documents.ts'),
      import('./follow.ts'),
    ]);
    const documents = this.#disposables.add(
      new LogDocuments(this.#projects, (uri) => {
        this.#changed.fire([{ type: FileChangeType.Changed, uri }]);
      }),
    );
    this.#disposables.add(
      workspace.onDidCloseTextDocument(({ uri, isClosed }) => {
        // Another language of the same document is told as its end too.
        if (uri.scheme === SCHEMES.log && isClosed) documents.close(uri);
      }),
    );
    this.#disposables.add(
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme === SCHEMES.log) follow(documents, document);
      }),
    );
    return documents;
  }
}
