import type { Project, Sandbox } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { exitFailure } from '../exit-codes.ts';
import { exitCodeOf } from '../interrupts.ts';
import { warnOfProblems, withProject } from '../open-project.ts';
import { renderError } from '../render/error.ts';
import { labelled } from '../render/labels.ts';
import { withProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

/** In the foreground until all that it has started have ended. */
export function up(context: Context, { path, names, detach }: InvocationOf<'up'>): Promise<number> {
  return withProject(context, path, async (project) => {
    await warnOfProblems(context, project);
    if (detach) context.interrupts.outliveTerminal();
    const before = await runningNames(project);
    const { signal } = context.interrupts;
    const chosen = names.length > 0 ? names : undefined;
    const all = await withProgress(context, 'Start', names, () => project.up(chosen, { signal }));
    const started = all.filter(({ name }) => !before.has(name));
    return detach ? 0 : follow(context, project, started);
  });
}

async function runningNames(project: Project): Promise<ReadonlySet<string>> {
  const running = (await project.status()).filter(({ state }) => state !== 'stopped');
  return new Set(running.map(({ name }) => name));
}

/** What they print, each line behind its sandbox's name; resolves to our exit status. */
async function follow(context: Context, project: Project, sandboxes: readonly Sandbox[]): Promise<number> {
  const { interrupts, stdout, stderr, errorStyle } = context;
  interrupts.takeOver((_signal, count) => {
    const graceMs = count > 1 ? { graceMs: 0 } : {};
    const names = sandboxes.map(({ name }) => name);
    project.stop(names, graceMs).catch(() => undefined);
  });
  const wide = Math.max(...sandboxes.map(({ name }) => name.length), 0);
  const outcomes = await Promise.all(
    sandboxes.map(async (sandbox, index) => {
      const label = labelled(sandbox.name.padEnd(wide), index, errorStyle);
      await copy(sandbox, async (stream, lines) => {
        await (stream === 'stdout' ? stdout : stderr).write(label(lines));
      }).catch(() => undefined);
      return { name: sandbox.name, ended: await sandbox.ended };
    }),
  );
  if (interrupts.received !== undefined) return exitCodeOf(interrupts.received);
  const failed = outcomes
    .filter(({ ended }) => ended.error !== undefined || (ended.mainExit?.code ?? 0) !== 0)
    .map(({ name, ended }) => `${name} | exit code: ${String(ended.mainExit?.code ?? 1)}`);
  if (failed.length === 0) return 0;
  const message = `The following sandboxes failed: ${failed.join(', ')}`;
  await stderr.write(renderError(new Error(message), errorStyle, false));
  return exitFailure;
}

/** The id under which every client finds a sandbox's main program. */
const MAIN = 'main';

async function copy(
  sandbox: Sandbox,
  write: (stream: 'stdout' | 'stderr', lines: string) => Promise<void>,
): Promise<void> {
  const programs = await sandbox.programs();
  if (!programs.some(({ id }) => id === MAIN)) return;
  const main = await sandbox.attach(MAIN);
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const pending = { stdout: '', stderr: '' };
  for await (const { stream, data } of main.output) {
    const text = pending[stream] + decoders[stream].decode(data, { stream: true });
    const end = text.lastIndexOf('\n') + 1;
    pending[stream] = text.slice(end);
    // A line without an end must not grow for ever.
    const whole = pending[stream].length > MAX_LINE ? text : text.slice(0, end);
    if (whole.length === text.length) pending[stream] = '';
    if (whole !== '') await write(stream, whole);
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (pending[stream] !== '') await write(stream, pending[stream]);
  }
}

const MAX_LINE = 64 << 10;
