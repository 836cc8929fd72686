// `login` and `logout`.

import type { Context } from '../context.ts';
import { printable } from '../render/style.ts';
import { ask, askSecretly } from '../terminal/prompt.ts';
import { UsageError } from '../usage-error.ts';
import type { InvocationOf } from './index.ts';

const usage = 'msb login [options] [registry]';
/** Of a password; more is a mistake, such as the wrong file. */
const maxInputBytes = 64 << 10;

export async function login(context: Context, invocation: InvocationOf<'login'>): Promise<number> {
  const { registry, passwordStdin } = invocation;
  if (!passwordStdin && !context.stdin.isTTY) {
    throw new UsageError('no terminal to ask for the password; use `--password-stdin`', usage);
  }
  const username = invocation.username ?? (await ask(context, 'User name: '));
  const password = passwordStdin ? await readPassword(context) : await askSecretly(context, 'Password: ');
  if (username === '' || password === '') throw new UsageError('user name or password is empty', usage);
  const { images } = await context.engine();
  const { signal } = context.interrupts;
  const credential = { username, password, ...(registry === undefined ? {} : { registry }) };
  const done = await images.login(credential, { signal });
  await context.stdout.write(`Logged in to ${printable(done.registry)}\n`);
  return 0;
}

export async function logout(context: Context, { registry }: InvocationOf<'logout'>): Promise<number> {
  const { images } = await context.engine();
  const done = await images.logout(registry, { signal: context.interrupts.signal });
  const text = done.removed ? 'Logged out of' : 'Not logged in to';
  await context.stdout.write(`${text} ${printable(done.registry)}\n`);
  return 0;
}

/** One line break at the end is the shell's, not the password's. */
async function readPassword({ stdin }: Context): Promise<string> {
  let input = Buffer.alloc(0);
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    input = Buffer.concat([input, chunk]);
    if (input.length > maxInputBytes) throw new UsageError('the password is too long', usage);
  }
  return input.toString('utf8').replace(/\r?\n$/, '');
}
