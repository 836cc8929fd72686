import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { withProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

/** Resolves when everything named is down. */
export function down(context: Context, { path, names, save }: InvocationOf<'down'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const chosen = names.length > 0 ? names : undefined;
    if (save) {
      await withProgress(
        context,
        'Save',
        names,
        () => project.save(chosen, { signal }),
        'save memory and disk',
      );
      return 0;
    }
    await withProgress(
      context,
      'Stop',
      names,
      () => project.stop(chosen, { signal }),
      'wait for programs to end',
    );
    return 0;
  });
}
