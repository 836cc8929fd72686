// Shows the engine's events while `work` runs, to users who asked for that much.

import type { Context } from './context.ts';
import { includes } from './log-level.ts';
import { createProgress, title } from './render/progress.ts';

export async function withProgress<T>(
  context: Context,
  verb: string,
  names: readonly string[],
  work: () => Promise<T>,
  firstStep?: string,
): Promise<T> {
  if (!includes(context.level, 'info')) return work();
  const engine = await context.engine();
  using progress = createProgress({
    write: (text) => void context.stderr.write(text),
    style: context.errorStyle,
    columns: () => process.stderr.columns || 80,
    title: title(verb, names),
    now: () => performance.now(),
    ...(firstStep === undefined ? {} : { firstStep }),
  });
  using _listening = engine.onEvent((event) => {
    if (names.length === 0 || names.includes(event.sandbox)) progress.onEvent(event);
  });
  const result = await work();
  progress.succeed();
  return result;
}
