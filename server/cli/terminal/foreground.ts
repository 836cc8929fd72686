// A program of a sandbox in the foreground of this terminal or pipeline.

import { constants } from 'node:os';
import type { Program, Sandbox, WindowSize } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { exitBrokenPipe } from '../exit-codes.ts';
import { exitCodeOf } from '../interrupts.ts';
import { copyKeys, copyInput } from './input.ts';
import { copyOutput, endWithReader } from './output.ts';
import { enterRawMode } from './raw-mode.ts';
import { followWindow } from './window.ts';

export interface Foreground {
  readonly program: Program;
  readonly sandbox: Sandbox;
  /** The sandbox was started for this program and ends with it. */
  readonly owned: boolean;
  /** Size of the program's terminal; absent when it has pipes. */
  readonly tty: WindowSize | undefined;
}

/** What an interrupted program may take to end by itself, as for `down`. */
const graceMs = 10_000;

/** Resolves to our exit status when the program, and an owned sandbox, are down. */
export async function runInForeground(context: Context, run: Foreground): Promise<number> {
  const { program, sandbox, owned } = run;
  const { stdout, stderr, interrupts } = context;
  using cleanup = new DisposableStack();

  let programEnded = false;
  interrupts.takeOver((signal, count) => {
    stdout.hurry();
    stderr.hurry();
    if (programEnded || count > 1) {
      void endNow(run);
      return;
    }
    program.kill(constants.signals[signal]).catch(() => undefined);
    const timer = setTimeout(() => void endNow(run), graceMs);
    cleanup.defer(() => clearTimeout(timer));
  });
  cleanup.use(endWithReader(program, stdout, () => void endNow(run)));
  connectInput(context, run, cleanup);

  let code: number;
  try {
    await copyOutput(program, stdout, stderr);
    code = (await program.exit).code;
  } catch (error) {
    // The sandbox was ended by us or from outside; only the latter is news.
    if (interrupts.received === undefined && stdout.failure === undefined) throw error;
    code = exitBrokenPipe;
  }
  programEnded = true;
  cleanup.dispose();
  if (owned) await settleSandbox(sandbox, interrupts.received !== undefined);
  if (interrupts.received !== undefined) return exitCodeOf(interrupts.received);
  if (stdout.failure === undefined) return code;
  if (stdout.failure.code !== 'EPIPE') throw stdout.failure;
  // Which of the signals it took is our doing; a status of its own is not.
  return code > 128 ? exitBrokenPipe : code;
}

function connectInput(context: Context, { program, tty }: Foreground, cleanup: DisposableStack): void {
  const { stdin, interrupts } = context;
  if (tty === undefined) {
    void copyInput(stdin, program);
    // Or a pending read would keep the process alive.
    cleanup.defer(() => stdin.destroy());
    return;
  }
  cleanup.use(enterRawMode(stdin));
  cleanup.use(followWindow(process.stdout, program, tty));
  cleanup.use(copyKeys(stdin, program, () => interrupts.raise('SIGINT')));
}

async function endNow({ program, sandbox, owned }: Foreground): Promise<void> {
  await (owned ? sandbox.stop({ graceMs: 0 }) : program.kill(constants.signals.SIGKILL)).catch(
    () => undefined,
  );
}

async function settleSandbox(sandbox: Sandbox, interrupted: boolean): Promise<void> {
  const { clean, error } = await sandbox.ended;
  if (clean || interrupted) return;
  throw error ?? new Error(`sandbox '${sandbox.name}' did not shut down cleanly`);
}
