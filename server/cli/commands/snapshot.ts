import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { formatBytes } from '../render/bytes.ts';
import { printable } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import type { InvocationOf } from './index.ts';

type Named = InvocationOf<'snapshot-create'>;

export function snapshotCreate(context: Context, { path, name, snapshot }: Named): Promise<number> {
  return withProject(context, path, async (project) => {
    const { signal } = context.interrupts;
    const made = await project.createSnapshot(name, snapshot, { signal });
    const kind = made.held ? '' : ', its disk as after a loss of power';
    const paused = `the sandbox stood still for ${made.pausedMs.toFixed(0)} ms`;
    await context.stdout.write(`${snapshot}: ${formatBytes(made.bytes, 1)}${kind}; ${paused}\n`);
    return 0;
  });
}

export function snapshotLs(context: Context, { path, names }: InvocationOf<'snapshot-ls'>): Promise<number> {
  return withProject(context, path, async (project) => {
    const forks = (await project.forks()).map(({ name }) => name);
    const sandboxes = names.length > 0 ? names : [...project.model.sandboxes.keys(), ...forks];
    const rows: string[][] = [['SANDBOX', 'SNAPSHOT', 'MADE', 'SIZE', 'DISK']];
    for (const sandbox of sandboxes) {
      for (const { name, at, bytes, held } of await project.snapshots(sandbox)) {
        const kind = held ? 'consistent' : 'crash-consistent';
        rows.push([printable(sandbox), name, at.toISOString(), formatBytes(bytes, 1), kind]);
      }
    }
    await context.stdout.write(renderTable(rows));
    return 0;
  });
}

export function snapshotRm(context: Context, { path, name, snapshot }: Named): Promise<number> {
  return withProject(context, path, async (project) => {
    await project.removeSnapshot(name, snapshot);
    return 0;
  });
}

export function snapshotRestore(context: Context, { path, name, snapshot }: Named): Promise<number> {
  return withProject(context, path, async (project) => {
    await project.restoreSnapshot(name, snapshot, { signal: context.interrupts.signal });
    return 0;
  });
}
