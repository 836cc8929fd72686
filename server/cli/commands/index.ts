// From an invocation to the command that carries it out. Each is loaded only when it is asked for.

import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';

/** Resolves to the exit status. */
export async function execute(context: Context, invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case 'init':
      return (await import('./init.ts')).init(context, invocation);
    case 'add':
      return (await import('./add.ts')).add(context, invocation);
    case 'remove':
      return (await import('./remove.ts')).remove(context, invocation);
    case 'check':
      return (await import('./check.ts')).check(context, invocation);
    case 'run':
      return (await import('./run.ts')).run(context, invocation);
    case 'exe':
      return (await import('./exe.ts')).exe(context, invocation);
    case 'status':
      return (await import('./status.ts')).status(context, invocation);
    case 'down':
      return (await import('./down.ts')).down(context, invocation);
    case 'list':
      return (await import('./list.ts')).list(context, invocation);
    case 'log':
      return (await import('./log.ts')).log(context, invocation);
  }
}

export type InvocationOf<C extends Invocation['command']> = Extract<Invocation, { command: C }>;
