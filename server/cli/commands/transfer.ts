// `pull` and `push`.

import { resolve } from 'node:path';
import type { PushedImage } from '../../engine/api.ts';
import { hasCode, SandboxError } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import type { ImageTarget } from '../invocation.ts';
import { withProject } from '../open-project.ts';
import { printable } from '../render/style.ts';
import { UsageError } from '../usage-error.ts';
import { withImageProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

export async function pull(context: Context, { target, layerPath }: InvocationOf<'pull'>): Promise<number> {
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  const options = { signal, ...(layerPath === undefined ? {} : { layerPath: resolve(layerPath) }) };
  return each(context, target, 'pull', (image) => images.pull(image, options));
}

export async function push(context: Context, { target }: InvocationOf<'push'>): Promise<number> {
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  return each(context, target, 'push', (image) => images.push(image, { signal }));
}

const titles = { pull: 'Pull', push: 'Push' } as const;

async function each(
  context: Context,
  target: ImageTarget,
  command: keyof typeof titles,
  transfer: (image: string) => Promise<PushedImage>,
): Promise<number> {
  for (const image of await imagesOf(context, target)) {
    const { reference, digest } = await withImageProgress(context, titles[command], image, () =>
      transfer(image),
    ).catch((error: unknown) => {
      if (!hasCode(error, 'IMAGE_REFERENCE')) throw error;
      const { message } = error.cause instanceof Error ? error.cause : error;
      throw new UsageError(message, `msb ${command} [options] <image>`);
    });
    await context.stdout.write(`${printable(reference)} ${digest}\n`);
  }
  return 0;
}

function imagesOf(context: Context, target: ImageTarget): Promise<readonly string[]> | readonly string[] {
  if (target.kind === 'image')
    return [/^\.{1,2}\//.test(target.image) ? resolve(target.image) : target.image];
  const { group, path } = target;
  return withProject(context, path, ({ model, file }) => {
    if (!model.groups.has(group)) throw new SandboxError('GROUP_UNKNOWN', { subject: group, context: file });
    const members = [...model.sandboxes.values(), ...model.builds.values()].filter(({ groups }) =>
      groups.has(group),
    );
    // What is on this machine anyway is not a registry's.
    const references = members.flatMap(({ image }) => (image?.kind === 'reference' ? [image.text] : []));
    return Promise.resolve([...new Set(references)]);
  });
}
