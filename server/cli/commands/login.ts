// `login` and `logout`.

import type { Context } from '../context.ts';
import { printable } from '../render/style.ts';
import { ask, askSecretly } from '../terminal/prompt.ts';
import { readSecret } from '../terminal/read-secret.ts';
import { UsageError } from '../usage-error.ts';
import type { InvocationOf } from './index.ts';

const usage = 'msb login [options] [registry]';

export async function login(context: Context, invocation: InvocationOf<'login'>): Promise<number> {
  const { registry, passwordStdin } = invocation;
  if (!passwordStdin && !context.stdin.isTTY) {
    throw new UsageError('no terminal to ask for the password; use `--password-stdin`', usage);
  }
  const username = invocation.username ?? (await ask(context, 'User name: '));
  const password = passwordStdin
    ? await readSecret(context, 'password', usage)
    : await askSecretly(context, 'Password: ');
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
