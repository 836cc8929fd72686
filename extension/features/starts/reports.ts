// Hears from the terminals of this window how their starts go, until the sandboxes tell of themselves.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CANCEL, IS_SHOWN, LONGEST_REPORT, SHOWN } from '../../../server/cli/editor-terminal/report.ts';
import type { ReportSubject, TerminalReport } from '../../../server/cli/editor-terminal/report.ts';
import type { Disposable } from '../../host/disposables.ts';

export type StartReport = Exclude<TerminalReport, { readonly kind: 'approved' | 'started' }>;

export interface StartListener {
  onBegin(subject: ReportSubject): void;
  onReport(subject: ReportSubject, report: StartReport): void;
  onApproved(digest: string): void;
  /** It failed, or was given up. */
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
    this.#listener.onBegin(subject);
  }

  #heard(socket: Socket, subject: ReportSubject, report: TerminalReport): void {
    if (report.kind === 'started') this.#starts.delete(socket);
    else if (report.kind === 'approved') this.#listener.onApproved(report.digest);
    else this.#listener.onReport(subject, report);
  }

  #closed(socket: Socket): void {
    const subject = this.#starts.get(socket);
    this.#sockets.delete(socket);
    this.#starts.delete(socket);
    if (subject !== undefined) this.#listener.onEnd(subject);
  }
}
