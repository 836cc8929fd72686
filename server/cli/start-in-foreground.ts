// `run` without `--detach`, and `exe`: progress until the program runs, then the program.

import type { Project, Selection } from '../engine/api.ts';
import type { Context } from './context.ts';
import { runInForeground } from './terminal/foreground.ts';
import { windowSize } from './terminal/window.ts';
import { withProgress } from './watch-progress.ts';

export async function startInForeground(
  context: Context,
  project: Project,
  name: string,
  selection: Selection,
): Promise<number> {
  const tty = context.interactive ? windowSize(process.stdout) : undefined;
  const started = await withProgress(context, 'Start', [name], () =>
    project.run(name, {
      ...selection,
      ...(tty === undefined ? {} : { tty }),
      stdin: 'stream',
      signal: context.interrupts.signal,
    }),
  );
  return runInForeground(context, { ...started, tty });
}
