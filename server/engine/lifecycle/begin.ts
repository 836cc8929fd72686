import { imageSource } from '../../sandboxfile/index.ts';
import type { BeginOptions } from '../api.ts';
import { recall } from '../images/image-cache.ts';
import { imageTool } from '../images/tool.ts';
import { savedAt } from '../snapshots/saved.ts';
import type { SandboxContext } from './context.ts';
import { beginPlanned, recordPrevious } from './launch.ts';
import { planRun } from './obtain.ts';
import { mainOf } from './run.ts';

/**
 * Begins the run that `runProgram` with the same key finds, and leaves it to that. False, and nothing was
 * done: there is more to do, or to tell, than that needs.
 */
export async function beginRun(context: SandboxContext, options: BeginOptions): Promise<boolean> {
  const { installation, definition } = context;
  const { signal } = options;
  if (definition.image === undefined || (await savedAt(context)) !== undefined) return false;
  const reference = imageSource(definition.image, definition.origin);
  const { image } = await recall({ ...imageTool(installation), reference });
  if (image === undefined) return false;
  signal?.throwIfAborted();
  const main = mainOf(context, { ...options, stdin: 'stream' });
  const { planned, previous } = await planRun(context, Promise.resolve(image), main);
  await beginPlanned(context, planned, signal);
  void recordPrevious(context, previous);
  return true;
}
