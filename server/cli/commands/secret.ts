import { SandboxError } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { printable } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { askSecretly } from '../terminal/prompt.ts';
import { readSecret } from '../terminal/read-secret.ts';
import { UsageError } from '../usage-error.ts';
import type { InvocationOf } from './index.ts';

const usage = 'msb secret set [options] <name>';

export function secretLs(context: Context, { path }: InvocationOf<'secret-ls'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const rows = (await project.secrets.list()).map(({ name, value, sandboxes, hosts }) =>
      [name, value, sandboxes.join(', ') || '-', hosts.join(', ') || '-'].map(printable),
    );
    await context.stdout.write(renderTable([['SECRET', 'VALUE', 'SANDBOXES', 'HOSTS'], ...rows]));
    return 0;
  });
}

/** Giving a value is the consent: what it will be sent to is said before it is asked for. */
export function secretSet(context: Context, invocation: InvocationOf<'secret-set'>): Promise<number> {
  const { path, name, stdin } = invocation;
  if (!stdin && !context.stdin.isTTY) {
    throw new UsageError('no terminal to ask for the value; use `--stdin`', usage);
  }
  return withProject(context, path, async (project) => {
    const secret = (await project.secrets.list()).find((each) => each.name === name);
    if (secret === undefined || secret.sandboxes.length === 0) {
      throw new SandboxError('SECRET_UNKNOWN', { subject: name, context: project.file });
    }
    const { hosts, sandboxes } = secret;
    const use = `${printable(name)}: used by ${printable(sandboxes.join(', '))} for ${printable(hosts.join(', '))}\n`;
    await context.stderr.write(use);
    const value = stdin ? await readSecret(context, 'value', usage) : await askSecretly(context, 'Value: ');
    await project.secrets.set(name, value, context.interrupts.signal);
    return 0;
  });
}

export function secretRm(context: Context, { path, name }: InvocationOf<'secret-rm'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const removed = await project.secrets.remove(name, context.interrupts.signal);
    const text = removed ? `Forgot ${printable(name)}` : `${printable(name)} had no value`;
    await context.stdout.write(`${text}\n`);
    return 0;
  });
}
