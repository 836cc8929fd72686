import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { SandboxError } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { CANCEL } from './report.ts';
import type { ReportSubject, TerminalReport } from './report.ts';
import type { TerminalRequest } from './request.ts';

/** Tells the window that opened this terminal of a start. */
export interface Reporter {
  readonly approved: (digest: string) => void;
  readonly started: () => Promise<void>;
  readonly failed: (error: unknown) => Promise<void>;
  /** Without one of the above the start was given up. Idempotent. */
  readonly close: () => Promise<void>;
}

/** A window that is gone is told nothing. */
export async function openReporter(context: Context, request: TerminalRequest): Promise<Reporter> {
  const { reports, root, file, sandbox } = request;
  if (reports === undefined) return NOBODY;
  const socket = connect(reports);
  try {
    await once(socket, 'connect');
  } catch {
    return NOBODY;
  }
  socket.on('error', () => undefined);
  // What runs in the sandbox goes on without the window.
  socket.unref();
  const send = (line: TerminalReport | ReportSubject): void => {
    socket.write(`${JSON.stringify(line)}\n`);
  };
  send({ root, file, sandbox });
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    if (line === CANCEL) context.interrupts.raise('SIGINT');
  });
  const engine = await context.engine();
  const listening = engine.onEvent((event) => {
    if (event.kind !== 'image' || event.sandbox !== sandbox) return;
    const { kind, stage, done, total } = event;
    send({ kind, stage, done, total });
  });
  const close = async (last?: TerminalReport): Promise<void> => {
    if (last !== undefined) send(last);
    listening[Symbol.dispose]();
    lines.close();
    await new Promise<void>((resolve) => {
      socket.end(() => resolve());
    });
  };
  let closed: Promise<void> | undefined;
  const end = (last?: TerminalReport): Promise<void> => (closed ??= close(last));
  return {
    approved: (digest) => send({ kind: 'approved', digest }),
    started: () => end({ kind: 'started' }),
    failed: (error) => end(failureOf(error)),
    close: () => end(),
  };
}

const nothing = (): Promise<void> => Promise.resolve();
const NOBODY: Reporter = { approved: () => undefined, started: nothing, failed: nothing, close: nothing };

function failureOf(error: unknown): TerminalReport {
  if (!(error instanceof SandboxError)) return { kind: 'failed', code: '', message: String(error) };
  const { code, message, hint } = error;
  return { kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
}
