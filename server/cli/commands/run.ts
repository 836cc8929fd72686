import type { Project, Selection } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { warnOfProblems, withProject } from '../open-project.ts';
import { startInForeground } from '../start-in-foreground.ts';
import { withProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

export function run(context: Context, invocation: InvocationOf<'run'>): Promise<number> {
  const { path, name, selection, detach } = invocation;
  return withProject(context, path, async (project) => {
    await warnOfProblems(context, project);
    if (!detach) return startInForeground(context, project, name, selection);
    await startDetached(context, project, name, selection);
    return 0;
  });
}

async function startDetached(
  context: Context,
  project: Project,
  name: string,
  selection: Selection,
): Promise<void> {
  const { signal } = context.interrupts;
  context.interrupts.outliveTerminal();
  const options = {
    ...selection,
    // A program that was asked for by name is the sandbox's purpose; without it, it ends.
    foreground: selection.script !== undefined || selection.exec !== undefined,
    exclusive: true,
    stdin: 'none',
    signal,
  } as const;
  await withProgress(context, 'Start', [name], () => project.start(name, options));
}
