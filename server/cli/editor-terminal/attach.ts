import type { ExitStatus, Project } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { copyKeys } from '../terminal/input.ts';
import { enterRawMode } from '../terminal/raw-mode.ts';
import { followWindow, windowSize } from '../terminal/window.ts';
import { withProgress } from '../watch-progress.ts';
import { copyShellOutput, copyTerminalOutput } from './copy-output.ts';
import { obtainProgram } from './obtain.ts';
import type { TerminalRequest } from './request.ts';

/**
 * Connects the requested program and this terminal until the program ends, and resolves to how it did.
 * When the terminal is closed the program is left to what is done to programs without a client: a shell
 * is hung up, what the sandbox is for goes on.
 */
export async function attachTerminal(
  context: Context,
  project: Project,
  request: TerminalRequest,
  onStarted: () => Promise<void>,
): Promise<ExitStatus> {
  const { stdin, stdout, interrupts } = context;
  const tty = windowSize(process.stdout);
  const { program, sandbox, owned } = await withProgress(context, 'Start', [request.sandbox], () =>
    obtainProgram(project, request, tty, interrupts.signal),
  );
  await onStarted();
  using _taken = interrupts.takeOver(() => {
    stdout.hurry();
    program.detach();
  });
  {
    using _raw = enterRawMode(stdin);
    using _window = followWindow(process.stdout, program, tty);
    using _keys = copyKeys(stdin, program, () => interrupts.raise('SIGINT'));
    await (request.program.kind === 'shell'
      ? copyShellOutput(context, program)
      : copyTerminalOutput(context, project, request, program));
  }
  const status = await program.exit;
  if (owned) await sandbox.ended;
  return status;
}
