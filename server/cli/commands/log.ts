import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import type { InvocationOf } from './index.ts';

export function log(context: Context, invocation: InvocationOf<'log'>): Promise<number> {
  const { path, name, follow, tail, audit } = invocation;
  return withProject(context, path, async (project) => {
    // Ends also when nobody reads us any more, or following a quiet log would not notice.
    const signal = AbortSignal.any([context.interrupts.signal, context.stdout.gone]);
    const chunks = project.log(name, {
      of: audit ? 'denials' : 'output',
      follow,
      ...(tail === undefined ? {} : { tail }),
      signal,
    });
    try {
      for await (const chunk of chunks) await context.stdout.write(chunk);
    } catch (error) {
      if (!context.stdout.gone.aborted) throw error;
    }
    return 0;
  });
}
