import { cpus, env, memory, port, scope, volume, workdir } from '../../sandboxfile/index.ts';
import type { Grammar } from '../../sandboxfile/index.ts';
import type { Context } from '../context.ts';
import { startInForeground } from '../start-in-foreground.ts';
import { UsageError } from '../usage-error.ts';
import type { InvocationOf } from './index.ts';

/** The name of a one-off project's sandbox. */
const sandbox = 'tmp';

const usage = 'msb exe [options] <image>[~<script>] [-- <args>...]';

export async function exe(context: Context, { machine, selection }: InvocationOf<'exe'>): Promise<number> {
  checkValues(machine);
  const engine = await context.engine();
  const project = await engine.openOneOff({
    ...machine,
    cwd: process.cwd(),
    signal: context.interrupts.signal,
  });
  try {
    return await startInForeground(context, project, sandbox, selection);
  } finally {
    await project.close();
  }
}

/** What would be a problem of a Sandboxfile is here a mistake of the command line. */
function checkValues(machine: InvocationOf<'exe'>['machine']): void {
  check('--cpus', cpus, machine.cpus);
  check('--memory', memory, machine.memoryMib);
  check('--workdir', workdir, machine.workdir);
  check('--scope', scope, machine.scope);
  for (const text of machine.volumes ?? []) check('--volume', volume, text);
  for (const text of machine.ports ?? []) check('--port', port, text);
  for (const text of machine.envs ?? []) check('--env', env, text);
}

function check(option: string, grammar: Grammar<unknown>, value: string | number | undefined): void {
  if (value === undefined) return;
  const parsed = grammar(String(value));
  if (!parsed.ok) throw new UsageError(`${option}: ${parsed.fault.message}`, usage);
}
