// The program in a terminal of the editor: a program in a sandbox, attached to this terminal. It is a
// process of its own, so it goes on while the editor's window is reloaded.

import type { ExitStatus, WindowSize } from '../../engine/api.ts';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { exitCodeOf } from '../interrupts.ts';
import { renderError } from '../render/error.ts';
import { ensureApproved, NotApproved } from './approval.ts';
import { attachTerminal } from './attach.ts';
import { askWhatNext, wasStopped } from './hold.ts';
import { OwnRecord } from './own-record.ts';
import { Reporter } from './reporter.ts';
import { decodeRequest } from './request.ts';
import type { TerminalRequest } from './request.ts';
import { allShown } from './shown.ts';

// Node tells that its SQLite is young; the user of a terminal cannot do anything about it.
process.removeAllListeners('warning');
const request = ownRequest();
const isShell = request.program.kind === 'shell';
const context = createContext('info');
let reporter: Reporter | undefined;
const record = OwnRecord.open(request, {
  onMoved: (reports) => void reporter?.moveTo(reports),
  onReplaced: () => context.interrupts.raise('SIGHUP'),
});
context.interrupts.holdHangup(() => record?.isReplaced === true);
let ended = await perform(context, request, request.key);
while (isHeld(ended)) {
  record?.enter('held');
  if (!(await askWhatNext(context, ended))) break;
  record?.enter('starting');
  ended = await perform(context, request);
}
if (isTask()) await allShown(context);
record?.end({ hungUp: context.interrupts.received === 'SIGHUP' });
await context.close().catch(() => undefined);
await context.stdout.flush();
process.exit(exitCode(ended));

/** The editor complains of every status but 0; a start that was given up, or a shell whose sandbox ended, is no fault. */
function exitCode({ code, failed, ...status }: Ended): number {
  const wasGivenUp = !isTask() && context.interrupts.received !== undefined;
  const lostItsSandbox = isShell && (failed || wasStopped({ code, ...status }));
  return wasGivenUp || lostItsSandbox ? 0 : code;
}

/** Its terminal is for the editor as much as for the user. */
function isTask(): boolean {
  return !isShell && request.hold === 'never';
}

interface Ended extends ExitStatus {
  /** It could not be run, or was lost; the status is ours. */
  readonly failed: boolean;
}

function ownRequest(): TerminalRequest {
  const decoded = decodeRequest(process.env);
  if (decoded === undefined) throw new Error('this program is for terminals of the editor');
  return decoded;
}

function isHeld({ code, failed }: Ended): boolean {
  if (context.interrupts.received !== undefined) return false;
  // What its terminal shows is all that is left of a shell whose sandbox went away.
  if (isShell && failed) return true;
  return request.hold === 'always' || (request.hold === 'after-failure' && code !== 0);
}

/** Resolves to the program's status, or 1 when it could not be run. `key`: only of the first time. */
async function perform(whole: Context, what: TerminalRequest, key?: string): Promise<Ended> {
  const { interrupts, stderr, errorStyle } = whole;
  const reports = await Reporter.open(whole, what);
  reporter = reports;
  const onStarted = async (size: WindowSize): Promise<void> => {
    record?.enter('running');
    await reports.started(size);
  };
  try {
    const engine = await whole.engine();
    const { root, file } = what;
    const project = await engine.openProject({ root, file, signal: interrupts.signal });
    try {
      await ensureApproved(whole, project, what, (digest) => reports.approved(digest));
      return { ...(await attachTerminal(whole, project, what, { key, onStarted })), failed: false };
    } finally {
      await project.close();
    }
  } catch (error) {
    if (interrupts.received !== undefined) return ownStatus(exitCodeOf(interrupts.received));
    if (!(error instanceof NotApproved)) await reports.failed(error);
    await stderr.write(renderError(error, errorStyle, false));
    return ownStatus(1);
  } finally {
    await reports.close();
  }
}

function ownStatus(code: number): Ended {
  return { code, signal: 0, outOfMemory: false, failed: true };
}
