import { hostFolder, resolveHostPath, type ProjectFiles } from '../../sandboxfile/index.ts';
import type { Importer, LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import type { Providers } from '../providers.ts';
import { DiskFiles } from './disk-files.ts';
import { HostFiles, isWithin } from './host-files.ts';
import { pathOf } from './host-path.ts';
import type { Snapshot } from './snapshot.ts';
import { SourceFile, type SourceText } from './source-file.ts';
import type { Turn } from './turn.ts';

/** The files that are open, and, in a trusted workspace, those on disk that belong to them. */
export class Workspace implements LanguageWorkspace {
  /** Folders of the workspace, absolute. */
  folders: readonly string[] = [];
  readonly disk: DiskFiles;
  readonly host: HostFiles;
  readonly #live: Providers;
  readonly #open = new Map<string, SourceFile>();
  readonly #openByPath = new Map<string, SourceFile>();
  #isTrusted = false;

  /** `live`: facts that do not come from the host's files. */
  constructor(live: Omit<Providers, 'files'> = {}) {
    this.#live = live;
    this.host = new HostFiles(() => this.folders);
    this.disk = new DiskFiles(this.host);
  }

  /** While it is false, nothing is read but what the client sends. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  set isTrusted(trusted: boolean) {
    this.#isTrusted = trusted;
    if (!trusted) {
      this.disk.clear();
      for (const path of this.#openByPath.keys()) this.#live.sandboxes?.closed?.(path);
    }
    this.host.forget();
  }

  get providers(): Providers {
    return this.#isTrusted ? { ...this.#live, files: this.host } : {};
  }

  open(uri: string, source: SourceText): SourceFile {
    const file = new SourceFile({ uri, path: pathOf(uri), isOpen: true }, source);
    this.#open.set(uri, file);
    if (file.path !== '') this.#openByPath.set(file.path, file);
    return file;
  }

  close(uri: string): void {
    const file = this.#open.get(uri);
    this.#open.delete(uri);
    if (file === undefined || this.#openByPath.get(file.path) !== file) return;
    this.#openByPath.delete(file.path);
    this.#live.sandboxes?.closed?.(file.path);
  }

  /** The text on disk is another one. */
  saved(uri: string): SourceFile | undefined {
    const file = this.#open.get(uri);
    this.host.forget();
    if (file !== undefined) this.#live.sandboxes?.saved?.(file.path);
    return file;
  }

  get(uri: string): SourceFile | undefined {
    return this.#open.get(uri);
  }

  openFiles(): Iterable<SourceFile> {
    return this.#open.values();
  }

  *documents(): Iterable<Snapshot> {
    for (const { latest } of this.#open.values()) if (latest !== undefined) yield latest;
    for (const snapshot of this.disk.all()) if (!this.#openByPath.has(snapshot.path)) yield snapshot;
  }

  module(from: LanguageDocument, path: string): Snapshot | undefined {
    if (from.path === '') return undefined;
    return this.#latest(resolveHostPath(hostFolder(from.path), path));
  }

  mayEdit({ isOpen, path }: LanguageDocument): boolean {
    // Without folders the files that are open, and those beside them, are all there is.
    const own = [...this.#openByPath.keys()].map(hostFolder);
    const folders = this.folders.length > 0 ? this.folders : own;
    return isOpen || folders.some((folder) => isWithin(path, folder));
  }

  *importers(document: LanguageDocument): Iterable<Importer> {
    if (document.path === '') return;
    for (const other of this.documents()) {
      if (other.path === '') continue;
      const folder = hostFolder(other.path);
      for (const path of other.project.fields.modules?.value?.keys() ?? []) {
        if (resolveHostPath(folder, path) === document.path) yield { document: other, path };
      }
    }
  }

  /** The newest text of a file, open or not. */
  async snapshot(path: string): Promise<Snapshot | undefined> {
    const open = this.#openByPath.get(path);
    if (open !== undefined) return open.snapshot();
    return this.#isTrusted ? this.disk.snapshot(path) : undefined;
  }

  /** Every open file is read in its newest version: features follow names from one to the other. */
  async settle(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.snapshot()));
  }

  /** Also what is on disk. */
  async refresh(): Promise<void> {
    const paths = [...this.disk.all()].map(({ path }) => path);
    await Promise.all(paths.map((path) => this.disk.snapshot(path)));
  }

  /** The host as checking a file sees it. */
  projectFiles(turn: Turn): ProjectFiles {
    const { images } = this.#live;
    const signal = new AbortController().signal;
    return {
      reading: async (path) => (await this.snapshot(path))?.reading,
      readFile: (path) => this.host.read(path),
      exists: (path) => this.host.exists(path),
      pause: () => turn.pause(),
      imageConfig: ({ image }) => {
        if (image?.kind !== 'reference') return undefined;
        const facts = images?.config(image.text, signal);
        // Once it is known, the file is checked again.
        return facts === undefined || facts instanceof Promise ? undefined : { env: [], ...facts };
      },
    };
  }

  #latest(path: string): Snapshot | undefined {
    const open = this.#openByPath.get(path);
    return open === undefined ? this.disk.latest(path) : open.latest;
  }
}
