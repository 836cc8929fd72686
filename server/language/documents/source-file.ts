import { hostFolder, SandboxfileReader, type FileReading } from '../../sandboxfile/index.ts';
import { Snapshot } from './snapshot.ts';
import { Turn } from './turn.ts';

/** The newest text of a file. */
export interface SourceText {
  readonly version: number;
  readonly text: string;
}

export interface FileIdentity {
  readonly uri: string;
  /** Absolute; empty when the file is not on this host. */
  readonly path: string;
  /** The client has it open and counts its versions. */
  readonly isOpen: boolean;
}

/** A file and what its newest text says. Each version is read once, old ones are not read to their end. */
export class SourceFile {
  readonly uri: string;
  readonly path: string;
  /** How long the last complete reading took. */
  lastReadingMs = 0;
  readonly #isOpen: boolean;
  readonly #reader: SandboxfileReader;
  #source: SourceText;
  #latest: Snapshot | undefined;
  #reading: Promise<void> | undefined;

  constructor({ uri, path, isOpen }: FileIdentity, source: SourceText) {
    this.uri = uri;
    this.path = path;
    this.#isOpen = isOpen;
    this.#source = source;
    this.#reader = new SandboxfileReader({
      file: path === '' ? uri : path,
      folder: path === '' ? '' : hostFolder(path),
    });
  }

  get source(): SourceText {
    return this.#source;
  }

  /** The newest reading; it may be of an older text. */
  get latest(): Snapshot | undefined {
    return this.#latest;
  }

  change(source: SourceText): void {
    this.#source = source;
  }

  /** What the newest text says. */
  async snapshot(): Promise<Snapshot> {
    for (;;) {
      if (this.#latest?.version === this.#source.version) return this.#latest;
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
  }

  async #read(): Promise<void> {
    const source = this.#source;
    const started = performance.now();
    const reading = await this.#finish(source);
    if (reading === undefined) return;
    this.lastReadingMs = performance.now() - started;
    this.#latest = new Snapshot({ uri: this.uri, path: this.path, isOpen: this.#isOpen, ...source }, reading);
  }

  /** Undefined: there is a newer text. */
  async #finish(source: SourceText): Promise<FileReading | undefined> {
    const steps = this.#reader.read(source.text);
    const turn = new Turn();
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (!turn.isOver) continue;
      await turn.pause();
      if (this.#source !== source) return undefined;
    }
  }
}
