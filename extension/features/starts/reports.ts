// Hears from the terminals of this window how their starts go, until the sandboxes tell of themselves.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CANCEL, IS_SHOWN, LONGEST_REPORT, SHOWN } from '../../../server/cli/editor-terminal/report.ts';
import type { ReportSubject, TerminalReport } from '../../../server/cli/editor-terminal/report.ts';
import type { WindowSize } from '../../../server/engine/api.ts';
import type { Disposable } from '../../host/disposables.ts';

export type StartReport = Extract<TerminalReport, { readonly kind: 'image' | 'failed' }>;

export interface StartListener {
  onBegin(subject: ReportSubject): void;
  onReport(subject: ReportSubject, report: StartReport): void;
  onApproved(digest: string): void;
  onStarted(subject: ReportSubject, size: WindowSize): void;
  /** By whoever was at its terminal; what was begun for it is wanted by nobody. */
  onGivenUp(subject: ReportSubject): void;
  /** Nothing more is heard of it from here: it failed, was given up, or tells another window. */
  onEnd(subject: ReportSubject): void;
  /** Resolves when the window's page has answered; never when it has none any more. */
  page(): PromiseLike<unknown>;
}

export class StartReports implements Disposable {
  /** For the terminals' requests. */
  readonly path: string;
  readonly #folder: string;
  readonly #listener: StartListener;
  readonly #starts = new Map<Socket, ReportSubject>();
  /** Records of terminals whose programs have not come yet and are not wanted any more. */
  readonly #unwanted = new Set<string>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#accept(socket));

  constructor(listener: StartListener) {
    this.#listener = listener;
    // Of this user alone, and a path that is short enough for a socket.
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'sandboxfile-'));
    this.path = path.join(this.#folder, 'starts');
    this.#server.on('error', () => undefined);
    this.#server.listen(this.path);
  }

  /** Gives up what starts of the sandbox. */
  cancel({ root, file, sandbox }: ReportSubject): void {
    this.#cancel((start) => start.root === root && start.file === file && start.sandbox === sandbox);
  }

  /** Only what this terminal is at. */
  cancelOf(record: string): void {
    this.#cancel((start) => start.record === record);
  }

  /** As `cancelOf`, also of a terminal whose program still has to come. */
  refuse(record: string): void {
    const hasCome = [...this.#starts.values()].some((start) => start.record === record);
    if (hasCome) this.cancelOf(record);
    else this.#unwanted.add(record);
  }

  dispose(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #cancel(isMeant: (start: ReportSubject) => boolean): void {
    for (const [socket, start] of this.#starts) if (isMeant(start)) socket.write(`${CANCEL}\n`);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed(socket));
    const lines = createInterface({ input: socket });
    // It repeats the socket's, of a terminal that was killed.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      if (line.length > LONGEST_REPORT) return;
      if (line === IS_SHOWN) {
        void this.#listener.page().then(() => socket.write(`${SHOWN}\n`));
        return;
      }
      const subject = this.#starts.get(socket);
      if (subject === undefined) this.#begins(socket, JSON.parse(line) as ReportSubject);
      else this.#heard(socket, subject, JSON.parse(line) as TerminalReport);
    });
  }

  #begins(socket: Socket, subject: ReportSubject): void {
    this.#starts.set(socket, subject);
    if (subject.record !== undefined && this.#unwanted.delete(subject.record)) socket.write(`${CANCEL}\n`);
    else this.#listener.onBegin(subject);
  }

  #heard(socket: Socket, subject: ReportSubject, report: TerminalReport): void {
    switch (report.kind) {
      case 'started':
        this.#starts.delete(socket);
        this.#listener.onStarted(subject, report);
        return;
      case 'approved':
        this.#listener.onApproved(report.digest);
        return;
      case 'given-up':
        this.#listener.onGivenUp(subject);
        return;
      default:
        this.#listener.onReport(subject, report);
    }
  }

  #closed(socket: Socket): void {
    const subject = this.#starts.get(socket);
    this.#sockets.delete(socket);
    this.#starts.delete(socket);
    if (subject !== undefined) this.#listener.onEnd(subject);
  }
}
