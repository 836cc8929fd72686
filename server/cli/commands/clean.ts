import type { CleanHomeOptions } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { locateProject } from '../project-location.ts';
import type { InvocationOf } from './index.ts';

/** What is refused is refused before anything is deleted. */
export async function clean(context: Context, invocation: InvocationOf<'clean'>): Promise<number> {
  const { path, name, project, home, force } = invocation;
  const engine = await context.engine();
  const options: CleanHomeOptions = { force, signal: context.interrupts.signal };
  const location = await locateProject(path, process.cwd());
  if (project && home) await engine.clean({ ...location, ...options, dryRun: true });
  if (home) await engine.cleanHome(options);
  if (project) await engine.clean({ ...location, ...options, ...(name === undefined ? {} : { name }) });
  return 0;
}
