import type { Project, Sandbox } from '../../engine/api.ts';
import { formatPublished, parsePort, SandboxError } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { renderWarning } from '../render/error.ts';
import { renderPorts } from '../render/ports.ts';
import type { RunningPorts } from '../render/ports.ts';
import type { InvocationOf } from './index.ts';

export function portLs(context: Context, { path, names }: InvocationOf<'port-ls'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const running: RunningPorts[] = [];
    const chosen = names.length > 0 ? names : undefined;
    for (const { name, paused = false } of await project.status(chosen, { signal })) {
      const sandbox = await project.find(name, { signal });
      if (sandbox === undefined) continue;
      const [published, listening] = await Promise.all([
        sandbox.ports.list(signal),
        sandbox.ports.listening(signal),
      ]);
      running.push({ name, published, listening, paused });
    }
    await context.stdout.write(renderPorts(running));
    return 0;
  });
}

export function portAdd(context: Context, invocation: InvocationOf<'port-add'>): Promise<number> {
  const { path, name, port, address } = invocation;
  const { guest, host, protocol } = parsePort(port);
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const sandbox = await running(project, name, signal);
    const wish = { guest, host, protocol, ...(address === undefined ? {} : { address }) };
    const published = await sandbox.ports.publish(wish, signal);
    if (published.wished !== undefined) {
      const notice = `host port ${String(published.wished)} is taken`;
      await context.stderr.write(renderWarning(notice, context.errorStyle));
    }
    await context.stdout.write(`${formatPublished(published)}\n`);
    return 0;
  });
}

export function portRm(context: Context, { path, name, port }: InvocationOf<'port-rm'>): Promise<number> {
  const { host, protocol } = parsePort(port);
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const sandbox = await running(project, name, signal);
    await sandbox.ports.withdraw(host, protocol, signal);
    return 0;
  });
}

async function running(project: Project, name: string, signal: AbortSignal): Promise<Sandbox> {
  const sandbox = await project.find(name, { signal });
  if (sandbox === undefined) throw new SandboxError('NOT_RUNNING', { subject: name });
  return sandbox;
}
