// `load` and `save`.

import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { printable } from '../render/style.ts';
import { UsageError } from '../usage-error.ts';
import { withImageProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

export async function load(context: Context, { path, name }: InvocationOf<'load'>): Promise<number> {
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  if (path === '-' && context.stdin.isTTY) {
    throw new UsageError('standard input is a terminal, not an archive', 'msb load [options] <path>');
  }
  const source = path === '-' ? (context.stdin as AsyncIterable<Uint8Array>) : resolve(path);
  const shown = path === '-' ? 'standard input' : path;
  const loaded = await withImageProgress(context, 'Load', shown, () => images.load(source, { name, signal }));
  const lines = loaded.map(({ reference, digest }) => `Loaded: ${printable(reference ?? digest)}\n`);
  await context.stdout.write(lines.join(''));
  return 0;
}

export async function save(context: Context, invocation: InvocationOf<'save'>): Promise<number> {
  const { images: named, output, format } = invocation;
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  await withImageProgress(context, 'Save', output, () =>
    images.save(named, { output: resolve(output), format, signal }),
  );
  return 0;
}
