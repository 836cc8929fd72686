import { startOrder } from '../../sandboxfile/index.ts';
import type { Project as ProjectModel } from '../../sandboxfile/index.ts';
import { SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { savedAt } from '../snapshots/saved.ts';
import type { Members } from './members.ts';

/**
 * The named sandboxes with what they need, each after what it needs; without names all of the file, and
 * the forks that were saved.
 */
export async function orderOfStart(
  model: ProjectModel,
  members: Members,
  names: readonly string[] | undefined,
): Promise<readonly SandboxContext[]> {
  const forks =
    names === undefined ? await savedForks(members) : names.filter((name) => !model.sandboxes.has(name));
  const own = names?.filter((name) => model.sandboxes.has(name));
  const ordered = own?.length === 0 ? [] : inOrder(model, own);
  return members.some([...ordered, ...forks]);
}

function inOrder(model: ProjectModel, names: readonly string[] | undefined): readonly string[] {
  const order = startOrder(model, names);
  if (order.ok) return order.names;
  for (const name of names ?? model.sandboxes.keys()) {
    const unknown = model.sandboxes.get(name)?.dependsOn.find((other) => !model.sandboxes.has(other));
    if (unknown !== undefined)
      throw new SandboxError('DEPENDENCY_UNKNOWN', { subject: unknown, context: name });
  }
  throw new SandboxError('FILE_INVALID', { subject: model.origin.file, context: order.message });
}

async function savedForks(members: Members): Promise<readonly string[]> {
  const all = await members.some(undefined);
  const saved = await Promise.all(
    all.map(async (context) => context.forkOf !== undefined && (await savedAt(context)) !== undefined),
  );
  return all.filter((_, index) => saved[index]).map(({ name }) => name);
}
