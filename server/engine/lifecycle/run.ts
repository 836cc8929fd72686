import type { Program, RunOptions, StartedProgram } from '../api.ts';
import { refuseMain, runnable, select } from './launch-record.ts';
import { obtain } from './obtain.ts';
import type { ChooseMain } from './obtain.ts';
import type { SandboxContext } from './context.ts';
import type { RunningSandbox } from './running-sandbox.ts';

/** The program as the main program of a new run, or as one more in the sandbox that runs already. */
export async function runProgram(context: SandboxContext, options: RunOptions): Promise<StartedProgram> {
  const { signal, key } = options;
  refuseEarly(context, options);
  const { sandbox, owned } = await obtain(context, mainOf(context, options), signal, key);
  const program = owned ? await attachMain(sandbox, signal) : await addProgram(sandbox, options);
  return { program, sandbox, owned };
}

/** The selected program as the main one, with this call's client announced. */
export function mainOf({ definition }: SandboxContext, options: RunOptions): ChooseMain {
  const { tty, stdin = 'none', key } = options;
  return (image) => ({
    selected: select(runnable(definition), image, options),
    stdin,
    attach: true,
    key,
    ...(tty === undefined ? {} : { tty }),
  });
}

/** What is wrong whatever the image says is said before an image is looked for. */
export function refuseEarly(context: SandboxContext, options: RunOptions): void {
  if (options.script !== undefined || options.exec !== undefined) {
    select(runnable(context.definition), { entrypoint: [], cmd: [] }, options);
  }
}

/** Also for `start`: the selected program in a sandbox that another call started. */
export async function addProgram(
  sandbox: RunningSandbox,
  options: RunOptions & { readonly onDetach?: 'hang-up' | 'keep' },
): Promise<Program> {
  const { script, exec, args, tty, stdin = 'none', onDetach = 'hang-up', signal } = options;
  const selected = select(sandbox.record, sandbox.record.image, {
    ...(script === undefined ? {} : { script }),
    ...(exec === undefined ? {} : { exec }),
    ...(args === undefined ? {} : { args }),
  });
  refuseMain(sandbox.record, selected);
  await sandbox.settled(signal);
  return sandbox.start(selected.program, {
    args: selected.args,
    stdin,
    onDetach,
    log: true,
    ...(tty === undefined ? {} : { tty }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * A run that was given up before its program could be handed over is ended: nobody else knows of it.
 * Why a guest did not come up is said by its end, not by the stream that broke.
 */
async function attachMain(sandbox: RunningSandbox, signal?: AbortSignal): Promise<Program> {
  try {
    return await sandbox.main(signal);
  } catch (error) {
    if (signal?.aborted === true) {
      await sandbox.stop({ graceMs: 0 });
      throw signal.reason;
    }
    const { error: reason } = await sandbox.ended;
    throw reason ?? error;
  }
}
