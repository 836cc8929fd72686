// Snapshots to and from files.

import type { ExportOptions, ImportOptions, Snapshot, SnapshotEvent } from '../api.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { callSnapshot } from '../machine/snapshot-process.ts';
import { describeSnapshot, refuseTaken, snapshotFolder, snapshotInfo } from './kept.ts';
import { makeSnapshotsFolder } from './snapshots.ts';

export async function exportSnapshot(
  context: SandboxContext,
  name: string,
  path: string,
  { signal }: ExportOptions = {},
): Promise<void> {
  await snapshotInfo(context, name);
  await callSnapshot({
    ...tool(context),
    verb: 'export',
    flags: ['--folder', snapshotFolder(context, name), '--file', path],
    subject: path,
    onProgress: tell(context, 'exporting'),
    signal,
  });
  tell(context, 'ready')(0, 0);
}

export async function importSnapshot(
  context: SandboxContext,
  name: string,
  path: string,
  options: ImportOptions = {},
): Promise<Snapshot> {
  const { diskOnly = false, trust = false, signal } = options;
  const { assets, home, vmm } = context.installation;
  await refuseTaken(context, name);
  await makeSnapshotsFolder(context);
  await callSnapshot({
    ...tool(context),
    verb: 'import',
    flags: [
      ...['--folder', snapshotFolder(context, name), '--file', path, '--images', `${home.images}/sha256`],
      ...(diskOnly ? ['--disk'] : []),
      ...(trust ? ['--trust'] : []),
    ],
    spec: {
      vmm: { program: vmm.program },
      kernel: assets.kernel,
      agentDisk: assets.agentDisk,
      emptyDisk: assets.emptyDisk,
    },
    subject: path,
    onProgress: tell(context, 'importing'),
    signal,
  });
  tell(context, 'ready')(0, 0);
  return describeSnapshot(context, name, await snapshotInfo(context, name));
}

function tool({ installation }: SandboxContext): { readonly menv: string; readonly home: string } {
  return { menv: installation.assets.menv, home: installation.home.root };
}

function tell(context: SandboxContext, stage: SnapshotEvent['stage']): (done: number, total: number) => void {
  return (done, total) => {
    context.emit({ kind: 'snapshot', stage, done, total });
  };
}
