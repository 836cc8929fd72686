// The files of running sandboxes as files of the editor.

import { EventEmitter, FileChangeType, FilePermission, FileSystemError, FileType, l10n } from 'vscode';
import type { Event, FileChangeEvent, FileStat, FileSystemProvider, Uri } from 'vscode';
import type { FileChange, GuestFile, Sandbox } from '../../../server/engine/api.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Projects } from '../projects/projects.ts';
import { targetAt } from './address.ts';
import { asFileError } from './file-errors.ts';
import { nextRun } from './next-run.ts';

/** More than an editor opens; the guest decides how much there is. */
const MAX_BYTES = 256 << 20;
const WRITABLE = 0o222;

export class SandboxFileSystem implements FileSystemProvider, Disposable {
  readonly #projects: Projects;
  readonly #changed = new EventEmitter<FileChangeEvent[]>();

  constructor(projects: Projects) {
    this.#projects = projects;
  }

  get onDidChangeFile(): Event<FileChangeEvent[]> {
    return this.#changed.event;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async stat(uri: Uri): Promise<FileStat> {
    return this.#in(uri, async ({ files }): Promise<FileStat> => {
      const own = await files.stat(uri.path, { follow: false });
      if (own.type !== 'symlink') return statOf(own);
      const target = await files.stat(uri.path, { follow: true }).catch(() => undefined);
      const stat = statOf(target ?? own);
      const type: number = target === undefined ? FileType.Unknown : stat.type;
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the editor's own bit mask
      return { ...stat, type: type | FileType.SymbolicLink };
    });
  }

  async readDirectory(uri: Uri): Promise<[string, FileType][]> {
    const entries = await this.#in(uri, ({ files }) => files.list(uri.path));
    return entries.map((entry) => [entry.name, typeOf(entry)]);
  }

  async readFile(uri: Uri): Promise<Uint8Array> {
    return this.#in(uri, async ({ files }) => {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of files.read(uri.path)) {
        size += chunk.length;
        if (size > MAX_BYTES) throw new FileSystemError(l10n.t('The file is too large: {0}', uri.path));
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  async writeFile(
    uri: Uri,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    await this.#in(uri, ({ files }) => files.write(uri.path, content, options));
  }

  async createDirectory(uri: Uri): Promise<void> {
    await this.#in(uri, ({ files }) => files.makeDir(uri.path));
  }

  async delete(uri: Uri, { recursive }: { readonly recursive: boolean }): Promise<void> {
    await this.#in(uri, ({ files }) => files.remove(uri.path, { recursive }));
  }

  async rename(from: Uri, to: Uri, { overwrite }: { readonly overwrite: boolean }): Promise<void> {
    if (from.authority !== to.authority) throw FileSystemError.Unavailable(to);
    await this.#in(from, ({ files }) => files.rename(from.path, to.path, { overwrite }));
  }

  watch(uri: Uri, { recursive }: { readonly recursive: boolean }): Disposable {
    const abort = new AbortController();
    this.#watch(uri, recursive, abort.signal).catch(() => undefined);
    return { dispose: () => abort.abort() };
  }

  /** Through all runs of the sandbox: an editor stays open while it is stopped and started. */
  async #watch(uri: Uri, recursive: boolean, signal: AbortSignal): Promise<void> {
    const watched = {
      state: () => {
        const target = targetAt(this.#projects, uri.authority);
        return target?.file.state(target.sandbox);
      },
      onDidChange: (listener: () => void) => this.#projects.onDidChange(listener),
    };
    for (let run: Date | undefined; ;) {
      const isFirst = run === undefined;
      run = await nextRun(watched, run, signal);
      // What changed between two runs nobody has seen.
      if (!isFirst) this.#changed.fire([{ type: FileChangeType.Changed, uri }]);
      await this.#watchRun(uri, recursive, signal).catch(() => undefined);
    }
  }

  async #watchRun(uri: Uri, recursive: boolean, signal: AbortSignal): Promise<void> {
    const sandbox = await this.#running(uri);
    for await (const change of await sandbox.files.watch(uri.path, { recursive, signal })) {
      this.#changed.fire([changeOf(uri, change)]);
    }
  }

  async #in<T>(uri: Uri, work: (sandbox: Sandbox) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#running(uri));
    } catch (error) {
      throw asFileError(error, uri);
    }
  }

  async #running(uri: Uri): Promise<Sandbox> {
    await this.#projects.ready();
    const target = targetAt(this.#projects, uri.authority);
    if (target === undefined) {
      throw FileSystemError.Unavailable(l10n.t('No Sandboxfile of this workspace has this sandbox.'));
    }
    const sandbox = await target.file.project?.find(target.sandbox);
    if (sandbox !== undefined) return sandbox;
    throw FileSystemError.Unavailable(l10n.t("Sandbox '{0}' is not running.", target.sandbox));
  }
}

function statOf(file: GuestFile): FileStat {
  const stat = {
    type: typeOf(file),
    ctime: file.ctime.getTime(),
    mtime: file.mtime.getTime(),
    size: file.size,
  };
  // Programs of the agent are root's: only a file that nobody may write is one that we should not.
  return (file.mode & WRITABLE) === 0 ? { ...stat, permissions: FilePermission.Readonly } : stat;
}

export function typeOf({ type }: GuestFile): FileType {
  switch (type) {
    case 'file':
      return FileType.File;
    case 'directory':
      return FileType.Directory;
    case 'symlink':
      return FileType.SymbolicLink;
    case 'other':
      return FileType.Unknown;
  }
}

function changeOf(watched: Uri, change: FileChange): FileChangeEvent {
  switch (change.kind) {
    case 'overflow':
      return { type: FileChangeType.Changed, uri: watched };
    case 'created':
      return { type: FileChangeType.Created, uri: watched.with({ path: change.path }) };
    case 'changed':
      return { type: FileChangeType.Changed, uri: watched.with({ path: change.path }) };
    case 'deleted':
      return { type: FileChangeType.Deleted, uri: watched.with({ path: change.path }) };
  }
}
