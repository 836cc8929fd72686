import { hasCode } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { printable } from '../render/style.ts';
import { UsageError } from '../usage-error.ts';
import { withProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

export function imageCommit(context: Context, invocation: InvocationOf<'image-commit'>): Promise<number> {
  const { path, name, reference: wanted, message } = invocation;
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const { reference, digest } = await withProgress(context, 'Commit', [name], () =>
      project.commit(name, wanted, { message, signal }),
    ).catch((error: unknown) => {
      if (!hasCode(error, 'IMAGE_REFERENCE')) throw error;
      const { message: reason } = error.cause instanceof Error ? error.cause : error;
      throw new UsageError(reason, 'msb image commit [options] <name> <image>');
    });
    await context.stdout.write(`${printable(reference)} ${digest}\n`);
    return 0;
  });
}
