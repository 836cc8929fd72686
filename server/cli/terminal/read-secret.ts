import type { Context } from '../context.ts';
import { UsageError } from '../usage-error.ts';

/** More is a mistake, such as the wrong file. */
const MAX_BYTES = 64 << 10;

/** Standard input as one password or key. One line break at the end is the shell's, not the secret's. */
export async function readSecret({ stdin }: Context, what: string, usage: string): Promise<string> {
  let input = Buffer.alloc(0);
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    input = Buffer.concat([input, chunk]);
    if (input.length > MAX_BYTES) throw new UsageError(`the ${what} is too long`, usage);
  }
  return input.toString('utf8').replace(/\r?\n$/, '');
}
