import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { renderStatus } from '../render/status.ts';
import { styleOf } from '../render/style.ts';
import type { InvocationOf } from './index.ts';

const refreshMs = 2000;
const clearScreen = '\x1b[H\x1b[2J\x1b[3J';

/** Once; on a terminal again and again until Ctrl+C. */
export function status(context: Context, { path, names }: InvocationOf<'status'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const chosen = names.length > 0 ? names : undefined;
    const { live } = styleOf(process.stdout, process.env);
    do {
      const table = renderStatus(await project.status(chosen, { signal }), new Date());
      await context.stdout.write(live ? clearScreen + table : table);
      if (live) await delay(refreshMs, undefined, { signal });
    } while (live && context.stdout.failure === undefined);
    return 0;
  });
}
