import type { ExitStatus, Project, WindowSize } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { copyKeys } from '../terminal/input.ts';
import { enterRawMode } from '../terminal/raw-mode.ts';
import { followWindow, windowSize } from '../terminal/window.ts';
import { withProgress } from '../watch-progress.ts';
import { copyShellOutput, copyTerminalOutput } from './copy-output.ts';
import { obtainProgram } from './obtain.ts';
import type { TerminalRequest } from './request.ts';

export interface Start {
  /** It may have begun under this key. */
  readonly key: string | undefined;
  /** The program runs. `size`: of its terminal. */
  readonly onStarted: (size: WindowSize) => Promise<void>;
}

/**
 * Connects the requested program and this terminal until the program ends, and resolves to how it did.
 * When the terminal is closed the program is left to what is done to programs without a client: a shell
 * is hung up, what the sandbox is for goes on.
 */
export async function attachTerminal(
  context: Context,
  project: Project,
  request: TerminalRequest,
  { key, onStarted }: Start,
): Promise<ExitStatus> {
  const { stdin, stdout, interrupts } = context;
  const tty = windowSize(process.stdout);
  const { program, sandbox, owned, size } = await withProgress(context, 'Start', [request.sandbox], () =>
    obtainProgram(project, request, tty, interrupts.signal, key),
  );
  await onStarted(tty);
  using _taken = interrupts.takeOver(() => {
    stdout.hurry();
    program.detach();
  });
  {
    using _raw = enterRawMode(stdin);
    using _window = followWindow(process.stdout, program, size);
    using _keys = copyKeys(stdin, program, () => interrupts.raise('SIGINT'));
    await (request.program.kind === 'shell'
      ? copyShellOutput(context, program)
      : copyTerminalOutput(context, project, request, program));
  }
  const status = await program.exit;
  if (owned) await sandbox.ended;
  return status;
}
