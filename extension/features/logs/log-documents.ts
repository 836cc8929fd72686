// Logs as read-only documents that grow while the sandbox writes.

import path from 'node:path';
import { EventEmitter, Uri } from 'vscode';
import type { Disposable, Event, TextDocumentContentProvider } from 'vscode';
import { hasCode } from '../../../server/engine/index.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import { setting } from '../../host/settings.ts';
import { LogText } from './log-text.ts';

export const LOG_SCHEME = 'sandbox-log';

/** A screen is not redrawn more often. */
const REFRESH_MS = 250;

export class LogDocuments implements TextDocumentContentProvider, Disposable {
  readonly #changed = new EventEmitter<Uri>();
  readonly #open = new Map<string, OpenLog>();

  get onDidChange(): Event<Uri> {
    return this.#changed.event;
  }

  uriOf(file: ProjectFile, sandbox: string): Uri {
    const uri = Uri.from({ scheme: LOG_SCHEME, path: path.posix.join(file.uri.path, `${sandbox}.log`) });
    if (!this.#open.has(uri.toString())) {
      this.#open.set(uri.toString(), new OpenLog(file, sandbox, () => this.#changed.fire(uri)));
    }
    return uri;
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#open.get(uri.toString())?.begin() ?? '';
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
    this.#changed.dispose();
  }
}

class OpenLog implements Disposable {
  readonly #file: ProjectFile;
  readonly #sandbox: string;
  readonly #onChange: () => void;
  readonly #text = new LogText();
  readonly #abort = new AbortController();
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
