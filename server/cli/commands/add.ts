import type { Context } from '../context.ts';
import { locateProject } from '../project-location.ts';
import type { InvocationOf } from './index.ts';

export async function add(
  context: Context,
  { path, section, names, definition }: InvocationOf<'add'>,
): Promise<number> {
  const location = await locateProject(path, process.cwd());
  const engine = await context.engine();
  await engine.addComponents({
    ...location,
    section,
    names,
    definition,
    signal: context.interrupts.signal,
  });
  return 0;
}
