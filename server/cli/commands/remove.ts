import type { Context } from '../context.ts';
import { locateProject } from '../project-location.ts';
import type { InvocationOf } from './index.ts';

export async function remove(
  context: Context,
  { path, section, names }: InvocationOf<'remove'>,
): Promise<number> {
  const location = await locateProject(path, process.cwd());
  const engine = await context.engine();
  await engine.removeComponents({ ...location, section, names, signal: context.interrupts.signal });
  return 0;
}
