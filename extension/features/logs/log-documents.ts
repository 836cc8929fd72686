// Logs as read-only files that grow while the sandbox writes. Files, since the editor brings those back after a
// reload.

import { FilePermission, FileSystemError, FileType, Uri } from 'vscode';
import type { FileStat } from 'vscode';
import { hasCode } from '../../../server/engine/index.ts';
import { SCHEMES } from '../../contributions.ts';
import type { Disposable } from '../../host/disposables.ts';
import { setting } from '../../host/settings.ts';
import { authorityOf, targetAt } from '../files/address.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';
import { LogText } from './log-text.ts';

/** A screen is not redrawn more often. */
const REFRESH_MS = 250;

export function logUri({ file, sandbox }: Target): Uri {
  const authority = authorityOf(file.uri.fsPath, sandbox);
  return Uri.from({ scheme: SCHEMES.log, authority, path: `/${sandbox}.log` });
}

export class LogDocuments implements Disposable {
  readonly #projects: Projects;
  readonly #onChange: (uri: Uri) => void;
  readonly #open = new Map<string, OpenLog>();

  constructor(projects: Projects, onChange: (uri: Uri) => void) {
    this.#projects = projects;
    this.#onChange = onChange;
  }

  async stat(uri: Uri): Promise<FileStat> {
    const { size, changedAtMs: mtime } = await this.#logAt(uri);
    return { type: FileType.File, ctime: 0, mtime, size, permissions: FilePermission.Readonly };
  }

  async readFile(uri: Uri): Promise<Uint8Array> {
    return Buffer.from((await this.#logAt(uri)).begin());
  }

  /** The sandbox, or its program, failed, so that the reader wants to know why. */
  isOfFailure(uri: Uri): boolean {
    return this.#open.get(uri.toString())?.isOfFailure ?? false;
  }

  close(uri: Uri): void {
    this.#open.get(uri.toString())?.dispose();
    this.#open.delete(uri.toString());
  }

  dispose(): void {
    for (const log of this.#open.values()) log.dispose();
  }

  async #logAt(uri: Uri): Promise<OpenLog> {
    await this.#projects.ready();
    const key = uri.toString();
    const open = this.#open.get(key);
    if (open !== undefined) return open;
    const target = targetAt(this.#projects, uri.authority);
    if (target === undefined) throw FileSystemError.FileNotFound(uri);
    const made = new OpenLog(target.file, target.sandbox, () => this.#onChange(uri));
    this.#open.set(key, made);
    return made;
  }
}

class OpenLog implements Disposable {
  readonly #file: ProjectFile;
  readonly #sandbox: string;
  readonly #onChange: () => void;
  readonly #text = new LogText();
  readonly #abort = new AbortController();
  #changedAtMs = Date.now();
  #reading = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(file: ProjectFile, sandbox: string, onChange: () => void) {
    this.#file = file;
    this.#sandbox = sandbox;
    this.#onChange = onChange;
  }

  get isOfFailure(): boolean {
    const state = this.#file.state(this.#sandbox);
    return state.kind === 'failed' || (state.kind === 'stopped' && state.exit !== undefined);
  }

  get size(): number {
    return Buffer.byteLength(this.#text.toString());
  }

  /** Never the same for two contents: by it the editor knows that it has to read again. */
  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  /** What there is so far; from the first time on it grows. */
  begin(): string {
    if (!this.#reading) {
      this.#reading = true;
      void this.#read();
    }
    return this.#text.toString();
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async #read(): Promise<void> {
    const { signal } = this.#abort;
    try {
      const project = await this.#file.opened();
      for await (const chunk of project.log(this.#sandbox, {
        tail: setting('logLines'),
        follow: true,
        signal,
      })) {
        this.#text.append(chunk);
        this.#changedAtMs = Math.max(Date.now(), this.#changedAtMs + 1);
        this.#refresh();
      }
    } catch (error) {
      this.#reading = false;
      if (signal.aborted || !hasCode(error, 'LOG_NOT_FOUND')) return;
      // It appears with the first run.
      const listening = this.#file.onDidChange(() => {
        listening.dispose();
        this.begin();
      });
      signal.addEventListener('abort', () => void listening.dispose(), { once: true });
    }
  }

  #refresh(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onChange();
    }, REFRESH_MS);
  }
}
