import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { SandboxError } from '../../engine/index.ts';
import type { EngineEvent, WindowSize } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { CANCEL } from './report.ts';
import type { ReportSubject, TerminalReport } from './report.ts';
import type { TerminalRequest } from './request.ts';

/** Tells a window of a start; nobody, while there is none. Its last word is `started`, `failed`, or that it was given up. */
export class Reporter {
  readonly #context: Context;
  readonly #subject: ReportSubject;
  readonly #listening: Disposable;
  #socket: Socket | undefined;
  #closed: Promise<void> | undefined;

  private constructor(context: Context, subject: ReportSubject, listening: Disposable) {
    this.#context = context;
    this.#subject = subject;
    this.#listening = listening;
  }

  static async open(context: Context, request: TerminalRequest): Promise<Reporter> {
    const { reports, root, file, sandbox, record } = request;
    const engine = await context.engine();
    const subject = { root, file, sandbox, ...(record === undefined ? {} : { record }) };
    const listening = engine.onEvent((event) => reporter.#onEvent(event));
    const reporter = new Reporter(context, subject, listening);
    if (reports !== undefined) await reporter.moveTo(reports);
    return reporter;
  }

  /** From here on this window is told. One that is gone is told nothing. */
  async moveTo(reports: string): Promise<void> {
    if (this.#isClosed()) return;
    const socket = connect(reports);
    try {
      await once(socket, 'connect');
    } catch {
      return;
    }
    socket.on('error', () => undefined);
    // What runs in the sandbox goes on without the window.
    socket.unref();
    this.#socket?.destroy();
    this.#socket = socket;
    this.#send(this.#subject);
    createInterface({ input: socket }).on('line', (line) => {
      if (line === CANCEL) this.#context.interrupts.raise('SIGINT');
    });
    if (this.#isClosed()) socket.destroy();
  }

  approved(digest: string): void {
    this.#send({ kind: 'approved', digest });
  }

  /** `size`: of its terminal. */
  started({ rows, cols }: WindowSize): Promise<void> {
    return this.#end({ kind: 'started', rows, cols });
  }

  failed(error: unknown): Promise<void> {
    return this.#end(failureOf(error));
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#end({ kind: 'given-up' });
  }

  #isClosed(): boolean {
    return this.#closed !== undefined;
  }

  #onEvent(event: EngineEvent): void {
    if (event.kind !== 'image' || event.sandbox !== this.#subject.sandbox) return;
    const { kind, stage, done, total } = event;
    this.#send({ kind, stage, done, total });
  }

  #send(line: TerminalReport | ReportSubject): void {
    this.#socket?.write(`${JSON.stringify(line)}\n`);
  }

  #end(last: TerminalReport): Promise<void> {
    return (this.#closed ??= this.#close(last));
  }

  async #close(last: TerminalReport): Promise<void> {
    this.#send(last);
    this.#listening[Symbol.dispose]();
    const socket = this.#socket;
    if (socket === undefined) return;
    await new Promise<void>((resolve) => {
      // Also of a window that ended in between.
      socket.once('close', () => resolve());
      socket.end(() => resolve());
    });
  }
}

function failureOf(error: unknown): TerminalReport {
  if (!(error instanceof SandboxError)) return { kind: 'failed', code: '', message: String(error) };
  const { code, message, hint } = error;
  return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
}
