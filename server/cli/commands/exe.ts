import type { Context } from '../context.ts';
import { startInForeground } from '../start-in-foreground.ts';
import type { InvocationOf } from './index.ts';

/** The name of a one-off project's sandbox. */
const sandbox = 'tmp';

export async function exe(context: Context, { machine, selection }: InvocationOf<'exe'>): Promise<number> {
  const engine = await context.engine();
  const project = await engine.openOneOff({
    ...machine,
    cwd: process.cwd(),
    signal: context.interrupts.signal,
  });
  try {
    return await startInForeground(context, project, sandbox, selection);
  } finally {
    await project.close();
  }
}
