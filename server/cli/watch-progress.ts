// Shows the engine's events while `work` runs, to users who asked for that much.

import type { EngineEvent } from '../engine/api.ts';
import type { Context } from './context.ts';
import { includes } from './log-level.ts';
import { createProgress, imageTitle, sandboxTitle } from './render/progress.ts';

/** For sandboxes; no names mean all. */
export function withProgress<T>(
  context: Context,
  verb: string,
  names: readonly string[],
  work: () => Promise<T>,
  firstStep?: string,
): Promise<T> {
  const about = ({ sandbox }: EngineEvent): boolean => names.length === 0 || names.includes(sandbox);
  return watch(context, sandboxTitle(verb, names), about, work, firstStep);
}

/** For an image that no sandbox waits for. */
export function withImageProgress<T>(
  context: Context,
  verb: string,
  image: string,
  work: () => Promise<T>,
): Promise<T> {
  const about = (event: EngineEvent): boolean =>
    (event.kind === 'image' || event.kind === 'layer') && event.image === image;
  return watch(context, imageTitle(verb, image), about, work);
}

/** Of the copies together, not of each. */
export function withForkProgress<T>(context: Context, sandbox: string, work: () => Promise<T>): Promise<T> {
  const about = (event: EngineEvent): boolean => event.kind === 'fork' && event.sandbox === sandbox;
  return watch(context, sandboxTitle('Fork', [sandbox]), about, work);
}

/** Of a snapshot, to or from a file. */
export function withTransferProgress<T>(
  context: Context,
  verb: 'Export' | 'Import',
  sandbox: string,
  work: () => Promise<T>,
): Promise<T> {
  const about = (event: EngineEvent): boolean => event.kind === 'snapshot' && event.sandbox === sandbox;
  return watch(context, `${verb} snapshot of ${sandboxTitle('', [sandbox]).trim()}`, about, work);
}

async function watch<T>(
  context: Context,
  title: string,
  about: (event: EngineEvent) => boolean,
  work: () => Promise<T>,
  firstStep?: string,
): Promise<T> {
  if (!includes(context.level, 'info')) return work();
  const engine = await context.engine();
  using progress = createProgress({
    screen: context.screen,
    style: context.errorStyle,
    title,
    now: () => performance.now(),
    ...(firstStep === undefined ? {} : { firstStep }),
  });
  using _listening = engine.onEvent((event) => {
    if (about(event)) progress.onEvent(event);
  });
  const result = await work();
  progress.succeed();
  return result;
}
