import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { renderList } from '../render/list.ts';
import type { InvocationOf } from './index.ts';

export function list(context: Context, { path }: InvocationOf<'list'>): Promise<number> {
  return withProject(context, path, async (project) => {
    await context.stdout.write(renderList(project.model, await project.forks()));
    return 0;
  });
}
