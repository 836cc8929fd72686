import type { Project } from '../../engine/api.ts';
import { hasCode } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { startInForeground } from '../start-in-foreground.ts';
import { UsageError } from '../usage-error.ts';
import type { InvocationOf } from './index.ts';

/** The name of a one-off project's sandbox. */
const sandbox = 'tmp';

export async function exe(context: Context, invocation: InvocationOf<'exe'>): Promise<number> {
  const project = await open(context, invocation.machine);
  try {
    return await startInForeground(context, project, sandbox, invocation.selection);
  } finally {
    await project.close();
  }
}

/** The options become a Sandboxfile that nobody sees: what is wrong with it is wrong with them. */
async function open(context: Context, machine: InvocationOf<'exe'>['machine']): Promise<Project> {
  const engine = await context.engine();
  try {
    return await engine.openOneOff({ ...machine, cwd: process.cwd(), signal: context.interrupts.signal });
  } catch (error) {
    if (!hasCode(error, 'FILE_INVALID')) throw error;
    const problems = error.message.split('\n').slice(1).map(withoutPlace);
    throw new UsageError(problems.join('\n'), 'msb exe [options] <image>[~<script>] [-- <args>...]');
  }
}

/** `<file>:<line>:<column>: error <id>: <message>` -> `<message>` */
function withoutPlace(line: string): string {
  return line.replace(/^[^:]*:\d+:\d+: error [A-Z-]+: /, '');
}
