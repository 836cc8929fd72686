import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { printable } from '../render/style.ts';
import { withForkProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

/** Prints the names of the copies, a line each, once all of them run. */
export function fork(context: Context, invocation: InvocationOf<'fork'>): Promise<number> {
  const { path, sandbox, count, name, snapshot } = invocation;
  return withProject(context, path, async (project) => {
    const options = {
      count,
      ...(name === undefined ? {} : { name }),
      ...(snapshot === undefined ? {} : { snapshot }),
      signal: context.interrupts.signal,
    };
    const forks = await withForkProgress(context, sandbox, () => project.fork(sandbox, options));
    await context.stdout.write(forks.map((each) => `${printable(each.name)}\n`).join(''));
    return 0;
  });
}
