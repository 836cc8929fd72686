import { existsSync, readFileSync, renameSync, rmSync, utimesSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stateFileOf } from './record.ts';
import type { TerminalPhase, TerminalState } from './record.ts';
import type { TerminalRequest } from './request.ts';

/** Another window has taken this terminal over, or has opened another one in its place. */
export interface RecordListener {
  onMoved(reports: string): void;
  onReplaced(): void;
}

/** This terminal's side of its record; nothing of it may disturb what the terminal is for. */
export class OwnRecord implements Disposable {
  readonly #path: string;
  readonly #isMain: boolean;
  readonly #watcher: Disposable;
  #reports: string | undefined;
  #phase: TerminalPhase = 'starting';

  private constructor(file: string, { reports, program }: TerminalRequest, listener: RecordListener) {
    this.#path = file;
    this.#reports = reports;
    this.#isMain = program.kind === 'main';
    this.#watcher = watched(file, () => this.#look(listener));
    this.#write();
    // What happened before the watch.
    this.#look(listener);
  }

  /** Undefined for terminals that nobody keeps a record of, and when it is gone already. */
  static open(request: TerminalRequest, listener: RecordListener): OwnRecord | undefined {
    const { record } = request;
    if (record === undefined || !existsSync(record)) return undefined;
    try {
      return new OwnRecord(record, request, listener);
    } catch {
      return undefined;
    }
  }

  /** Another terminal has this one's place. */
  get isReplaced(): boolean {
    return !existsSync(this.#path);
  }

  enter(phase: TerminalPhase): void {
    this.#phase = phase;
    this.#write();
  }

  /**
   * `hungUp`: not by its own doing. Then the window, if it is there, knows that the user has closed it; if not,
   * the next one finds what is to be taken up. What a script did is not done twice, and what has ended has ended.
   */
  end({ hungUp }: { readonly hungUp: boolean }): void {
    this.#watcher[Symbol.dispose]();
    const isLeft = hungUp && (this.#phase === 'starting' || (this.#phase === 'running' && this.#isMain));
    quietly(() => {
      if (isLeft && existsSync(this.#path)) utimesSync(this.#path, new Date(), new Date());
      else rmSync(this.#path, { force: true });
      if (!isLeft || this.#phase === 'starting') rmSync(stateFileOf(this.#path), { force: true });
    });
  }

  [Symbol.dispose](): void {
    this.#watcher[Symbol.dispose]();
  }

  #write(): void {
    const state: TerminalState = { pid: process.pid, phase: this.#phase };
    const file = stateFileOf(this.#path);
    quietly(() => {
      writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    });
  }

  #look(listener: RecordListener): void {
    if (this.isReplaced) {
      this.#watcher[Symbol.dispose]();
      listener.onReplaced();
      return;
    }
    quietly(() => {
      const { reports } = JSON.parse(readFileSync(this.#path, 'utf8')) as TerminalRequest;
      if (reports === undefined || reports === this.#reports) return;
      this.#reports = reports;
      listener.onMoved(reports);
    });
  }
}

function watched(file: string, look: () => void): Disposable {
  const name = path.basename(file);
  const watcher = watch(path.dirname(file), { persistent: false }, (_kind, changed) => {
    if (changed === name) look();
  });
  watcher.on('error', () => undefined);
  return { [Symbol.dispose]: () => watcher.close() };
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A full disk, or a folder that is gone: the terminal works without.
  }
}
