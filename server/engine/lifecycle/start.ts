import { hasMainProgram } from '../../sandboxfile/index.ts';
import type { Sandbox, StartOptions } from '../api.ts';
import type { SandboxContext } from './context.ts';
import { runnable, select } from './launch-record.ts';
import { obtain } from './obtain.ts';
import { addProgram, refuseEarly } from './run.ts';
import type { RunningSandbox } from './running-sandbox.ts';

/** Resolves when the main program runs, or the sandbox idles. */
export async function startSandbox(context: SandboxContext, options: StartOptions): Promise<Sandbox> {
  const { tty, stdin = 'none', exclusive = false, signal } = options;
  refuseEarly(context, options);
  const { sandbox, owned } = await obtain(
    context,
    (image) => {
      if (!wantsMain(context, options)) return undefined;
      const selected = select(runnable(context.definition), image, options);
      return { selected, stdin, attach: false, ...(tty === undefined ? {} : { tty }) };
    },
    signal,
  );
  if (owned) {
    await readyOrStop(sandbox, signal);
  } else {
    await sandbox.settled(signal);
    if (exclusive && wantsMain(context, options)) {
      const program = await addProgram(sandbox, { ...options, onDetach: 'keep' });
      program.detach();
    }
  }
  return sandbox;
}

/** Without a selection and without anything the file says to run, the sandbox idles. */
function wantsMain(context: SandboxContext, options: StartOptions): boolean {
  if (options.idle === true) return false;
  const selected = options.script !== undefined || options.exec !== undefined;
  return selected || options.foreground === true || hasMainProgram(context.definition);
}

async function readyOrStop(sandbox: RunningSandbox, signal?: AbortSignal): Promise<void> {
  try {
    await sandbox.settled(signal);
  } catch (error) {
    if (signal?.aborted === true) await sandbox.stop({ graceMs: 0 });
    throw error;
  }
}
