// `image ls`, `image rm`, `image prune` and `image inspect`.

import type { RemovedImages } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { formatBytes } from '../render/bytes.ts';
import { renderImages } from '../render/images.ts';
import { printable } from '../render/style.ts';
import type { InvocationOf } from './index.ts';

export async function imageLs(context: Context, { format }: InvocationOf<'image-ls'>): Promise<number> {
  const { images } = await context.engine();
  const list = await images.list({ signal: context.interrupts.signal });
  if (format === 'json') await context.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`);
  else if (format === 'digests') await context.stdout.write(list.map(({ digest }) => `${digest}\n`).join(''));
  else await context.stdout.write(renderImages(list, new Date()));
  return 0;
}

export async function imageRm(
  context: Context,
  { images: named }: InvocationOf<'image-rm'>,
): Promise<number> {
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  return renderRemoved(context, await images.remove(named, { signal }));
}

export async function imagePrune(context: Context, { keep }: InvocationOf<'image-prune'>): Promise<number> {
  const { images } = await context.engine();
  return renderRemoved(context, await images.prune({ keep, signal: context.interrupts.signal }));
}

async function renderRemoved(context: Context, removed: RemovedImages): Promise<number> {
  const lines = [
    ...removed.references.map((reference) => `Untagged: ${reference}`),
    ...removed.digests.map((digest) => `Deleted: ${digest}`),
    `Freed: ${formatBytes(removed.freedBytes, 1)}`,
  ];
  await context.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  return 0;
}

export async function imageInspect(
  context: Context,
  { images: named }: InvocationOf<'image-inspect'>,
): Promise<number> {
  const { images } = await context.engine();
  const found: unknown[] = [];
  for (const name of named)
    found.push((await images.inspect(name, { signal: context.interrupts.signal })).raw);
  await context.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return 0;
}
