// `image ls`, `image rm` and `image inspect`.

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
  const removed = await images.remove(named, { signal: context.interrupts.signal });
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
