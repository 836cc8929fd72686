import type { HostFiles } from './host-files.ts';
import { uriOf } from './host-path.ts';
import type { Snapshot } from './snapshot.ts';
import { SourceFile } from './source-file.ts';

/** Files kept in memory that no editor has open. */
const MAX_FILES = 1000;

interface Known {
  readonly file: SourceFile;
  mark: string;
}

/** Sandboxfiles and modules as they are on disk, read again when they changed there. */
export class DiskFiles {
  readonly #host: HostFiles;
  readonly #known = new Map<string, Known>();

  constructor(host: HostFiles) {
    this.#host = host;
  }

  /** Undefined: there is none that can be read. */
  async snapshot(path: string): Promise<Snapshot | undefined> {
    const mark = await this.#host.mark(path);
    const known = this.#known.get(path);
    if (mark !== undefined && known?.mark === mark) return known.file.snapshot();
    const text = mark === undefined ? undefined : await this.#host.read(path);
    if (mark === undefined || text === undefined) {
      this.#known.delete(path);
      return undefined;
    }
    return this.#update(path, mark, text).snapshot();
  }

  /** From memory, as it was when last asked for. */
  latest(path: string): Snapshot | undefined {
    return this.#known.get(path)?.file.latest;
  }

  *all(): Iterable<Snapshot> {
    for (const { file } of this.#known.values()) if (file.latest !== undefined) yield file.latest;
  }

  clear(): void {
    this.#known.clear();
  }

  #update(path: string, mark: string, text: string): SourceFile {
    const known = this.#known.get(path);
    if (known !== undefined) {
      known.mark = mark;
      known.file.change({ version: known.file.source.version + 1, text });
      return known.file;
    }
    const file = new SourceFile({ uri: uriOf(path), path, isOpen: false }, { version: 0, text });
    if (this.#known.size < MAX_FILES) this.#known.set(path, { file, mark });
    return file;
  }
}
