import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { formatBytes } from '../render/bytes.ts';
import { printable } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { SandboxError } from '../../engine/index.ts';
import type { Project, Snapshot } from '../../engine/index.ts';
import { exitFailure } from '../exit-codes.ts';
import { renderWarning } from '../render/error.ts';
import { renderLoss } from '../render/loss.ts';
import { ask } from '../terminal/prompt.ts';
import { withTransferProgress } from '../watch-progress.ts';
import type { InvocationOf } from './index.ts';

export function snapshotCreate(context: Context, call: InvocationOf<'snapshot-create'>): Promise<number> {
  const { path, name, snapshot, description, diskOnly } = call;
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const made = await project.createSnapshot(name, snapshot, { description, diskOnly, signal });
    const kind = `${made.diskOnly ? ', of the disk alone' : ''}${made.held ? '' : ', its disk as after a loss of power'}`;
    if (made.diskOnly && !diskOnly) {
      const note = `it has no memory: libkrun keeps none. With \`vmm: qemu\` in the Sandboxfile, or \`--vmm qemu\`, there is one`;
      await context.stderr.write(renderWarning(note, context.errorStyle));
    }
    const paused = `the sandbox stood still for ${made.pausedMs.toFixed(0)} ms`;
    await context.stdout.write(`${snapshot}: ${formatBytes(made.bytes, 1)}${kind}; ${paused}\n`);
    return 0;
  });
}

export function snapshotLs(context: Context, { path, names }: InvocationOf<'snapshot-ls'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const forks = (await project.forks()).map(({ name }) => name);
    const sandboxes = names.length > 0 ? names : [...project.model.sandboxes.keys(), ...forks];
    const rows: string[][] = [['SANDBOX', 'SNAPSHOT', 'MADE', 'SIZE', 'OWN', 'HOLDS', 'DISK', 'DESCRIPTION']];
    for (const sandbox of sandboxes) {
      for (const snapshot of await project.snapshots(sandbox)) rows.push(row(sandbox, snapshot));
    }
    await context.stdout.write(renderTable(rows));
    return 0;
  });
}

export function snapshotRm(
  context: Context,
  { path, name, snapshot }: InvocationOf<'snapshot-rm'>,
): Promise<number> {
  return withProject(context, path, async (project) => {
    await project.removeSnapshot(name, snapshot);
    return 0;
  });
}

export function snapshotRestore(context: Context, call: InvocationOf<'snapshot-restore'>): Promise<number> {
  const { path, name, snapshot, diskOnly, yes } = call;
  return withProject(context, path, async (project) => {
    if (!yes && !(await mayGoBack(context, project, name, snapshot))) return exitFailure;
    await project.restoreSnapshot(name, snapshot, { diskOnly, signal: context.interrupts.signal });
    return 0;
  });
}

export function snapshotExport(context: Context, call: InvocationOf<'snapshot-export'>): Promise<number> {
  const { path, name, snapshot, output } = call;
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    await withTransferProgress(context, 'Export', name, () =>
      project.exportSnapshot(name, snapshot, resolve(output), { signal }),
    );
    return 0;
  });
}

export function snapshotImport(context: Context, call: InvocationOf<'snapshot-import'>): Promise<number> {
  const { path, name, snapshot, input, diskOnly, trust } = call;
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    await withTransferProgress(context, 'Import', name, () =>
      project.importSnapshot(name, snapshot, resolve(input), { diskOnly, trust, signal }),
    );
    return 0;
  });
}

/** Shows what is lost and asks; where nobody can answer it is refused. */
async function mayGoBack(
  context: Context,
  project: Project,
  name: string,
  snapshot: string,
): Promise<boolean> {
  const loss = await project.restoreLoss(name, snapshot, { signal: context.interrupts.signal });
  await context.stderr.write(renderLoss(name, snapshot, loss, new Date()));
  if (!context.interactive) throw new SandboxError('RESTORE_UNCONFIRMED', { subject: snapshot });
  return /^y(es)?$/i.test((await ask(context, 'Go back? [y/N] ')).trim());
}

function row(
  sandbox: string,
  { name, at, bytes, ownBytes, held, diskOnly, description }: Snapshot,
): string[] {
  return [
    printable(sandbox),
    name,
    at.toISOString(),
    formatBytes(bytes, 1),
    formatBytes(ownBytes, 1),
    diskOnly ? 'disk' : 'memory, disk',
    held ? 'consistent' : 'crash-consistent',
    printable(description),
  ];
}
