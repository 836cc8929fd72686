import type { Context } from '../context.ts';
import { locateProject } from '../project-location.ts';
import type { InvocationOf } from './index.ts';

export async function clean(context: Context, invocation: InvocationOf<'clean'>): Promise<number> {
  const { path, name, project, home, force } = invocation;
  const engine = await context.engine();
  const options = { force, signal: context.interrupts.signal };
  const location = await locateProject(path, process.cwd());
  const cleaning = { ...location, ...options, ...(name === undefined ? {} : { name }) };
  // What is refused is refused before anything is deleted.
  if (project && home) {
    await engine.clean({ ...cleaning, dryRun: true });
    await engine.cleanHome({ ...options, dryRun: true });
  }
  if (project) await engine.clean(cleaning);
  if (home) await engine.cleanHome(options);
  return 0;
}
