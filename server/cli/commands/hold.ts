import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import type { InvocationOf } from './index.ts';

/** `pause` and `resume`. */
export function hold(context: Context, invocation: InvocationOf<'pause'>): Promise<number> {
  const { command, path, names } = invocation;
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const chosen = names.length > 0 ? names : undefined;
    await (command === 'pause' ? project.pause(chosen, { signal }) : project.resume(chosen, { signal }));
    return 0;
  });
}
