import type { FileReading, Problem, Project } from '../../sandboxfile/index.ts';
import { checkReading } from '../../sandboxfile/index.ts';
import type { LanguageDocument, Lines } from '../document-types.ts';
import { DocumentLines } from './lines.ts';

export interface SnapshotSource {
  readonly uri: string;
  readonly version: number;
  readonly isOpen: boolean;
  readonly path: string;
  readonly text: string;
}

/** One version of a file, read once for all features. */
export class Snapshot implements LanguageDocument {
  readonly uri: string;
  readonly version: number;
  readonly isOpen: boolean;
  readonly path: string;
  readonly text: string;
  readonly lines: Lines;
  readonly reading: FileReading;
  #problems: readonly Problem[] | undefined;

  constructor({ uri, version, isOpen, path, text }: SnapshotSource, reading: FileReading) {
    this.uri = uri;
    this.version = version;
    this.isOpen = isOpen;
    this.path = path;
    this.text = text;
    this.reading = reading;
    this.lines = new DocumentLines(text, reading.lines);
  }

  get project(): Project {
    return this.reading.project;
  }

  /** What the file alone shows, until more was found. */
  get problems(): readonly Problem[] {
    return (this.#problems ??= checkReading(this.reading).problems);
  }

  found(problems: readonly Problem[]): void {
    this.#problems = problems;
  }
}
