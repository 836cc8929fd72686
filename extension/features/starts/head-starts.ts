// A start is begun while the editor still makes its terminal: each takes about as long as the other. The program in the
// terminal takes the run over under its key, or starts it itself when nothing was begun; from there on the run is no
// concern of the window's. Until then, what nobody wants any more is ended here.

import type { Project, WindowSize } from '../../../server/engine/api.ts';

/** Until a terminal has said how large it is. */
const FIRST_SIZE: WindowSize = { rows: 24, cols: 80 };

/** Where the project is as it was read last. */
export interface StartingFile {
  readonly project: Pick<Project, 'begin' | 'stop'> | undefined;
}

export interface Begun {
  readonly file: StartingFile;
  readonly sandbox: string;
  /** See `Project.begin`. */
  readonly key: string;
}

interface HeadStart extends Begun {
  readonly abort: AbortController;
  readonly begun: Promise<boolean>;
}

export class HeadStarts {
  /** By their terminals' records. */
  readonly #open = new Map<string, HeadStart>();
  #size = FIRST_SIZE;

  /** For the terminal with this record, which is about to be made. */
  begin(record: string, what: Begun): void {
    const { project } = what.file;
    if (project === undefined) return;
    const abort = new AbortController();
    const options = { key: what.key, tty: this.#size, signal: abort.signal };
    // What is wrong is said by the terminal's program, which tries again.
    const begun = project.begin(what.sandbox, options).catch(() => false);
    this.#open.set(record, { ...what, abort, begun });
  }

  /** The terminal's program has the run. The next terminal is likely to be as large. */
  handOver(record: string, { rows, cols }: WindowSize): void {
    this.#open.delete(record);
    this.#size = { rows, cols };
  }

  /** Records of the terminals that are to take over a run of the sandbox. */
  of(file: StartingFile, sandbox: string): readonly string[] {
    const all = [...this.#open].filter(([, each]) => each.file === file && each.sandbox === sandbox);
    return all.map(([record]) => record);
  }

  /** Idempotent. Resolves when nothing runs of what was begun. */
  async giveUp(record: string): Promise<void> {
    const head = this.#open.get(record);
    if (head === undefined) return;
    this.#open.delete(record);
    head.abort.abort();
    if (await head.begun) await head.file.project?.stop([head.sandbox], { graceMs: 0 });
  }
}
