// Snapshots of one sandbox: made by its supervisor, gone back to, deleted.

import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import type { RestoreOptions, Sandbox, Snapshot, SnapshotOptions } from '../api.ts';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { stopSandbox } from '../lifecycle/stop.ts';
import { checkSource, goOnFrom } from './go-on.ts';
import { dropSaved, savedAt } from './saved.ts';
import { callSnapshot } from '../machine/snapshot-process.ts';
import { describeSnapshot, isSnapshotName, refuseTaken, snapshotFolder, snapshotInfo } from './kept.ts';

const MAX_DESCRIPTION = 1 << 10;

/** How the names begin of what is being made or deleted. */
const UNFINISHED = '.tmp-';

/** Of memory, devices and disk of a running sandbox, or of the disk alone, as it is where the VMM cannot keep a memory; resolves when it is durable. */
export async function createSnapshot(
  context: SandboxContext,
  name: string,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  const { description = '', diskOnly = false, signal } = options;
  if (Buffer.byteLength(description) > MAX_DESCRIPTION) {
    throw new SandboxError('SNAPSHOT_DESCRIPTION', { subject: String(MAX_DESCRIPTION) });
  }
  const folder = snapshotFolder(context, name);
  await refuseTaken(context, name);
  const machine = await context.runs.connect(context);
  if (machine === undefined) throw new SandboxError('NOT_RUNNING', { subject: context.name });
  await makeSnapshotsFolder(context);
  const info = await machine.snapshot({ folder, description, diskOnly }, signal);
  return describeSnapshot(context, name, info);
}

export async function makeSnapshotsFolder(context: SandboxContext): Promise<void> {
  const folder = context.folder.snapshots(context.name);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fromErrno(error, folder, 'PROJECT_UNREADABLE');
  }
}

/** Oldest first. */
export async function listSnapshots(context: SandboxContext): Promise<readonly Snapshot[]> {
  const names = await readdir(context.folder.snapshots(context.name)).catch(() => []);
  if (names.some((name) => name.startsWith(UNFINISHED))) await sweep(context);
  const found = await Promise.all(
    names
      .filter(isSnapshotName)
      .map(async (name) => describeSnapshot(context, name, await snapshotInfo(context, name))),
  );
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Sandboxes that have gone on from it are not concerned. */
export async function removeSnapshot(context: SandboxContext, name: string): Promise<void> {
  const folder = snapshotFolder(context, name);
  // Its name goes first: what is half deleted is no snapshot.
  const grave = context.folder.snapshots(context.name, `${UNFINISHED}${name}-${process.pid}`);
  try {
    await rename(folder, grave);
    await rm(grave, { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new SandboxError('SNAPSHOT_UNKNOWN', { subject: name });
    throw fromErrno(error, folder, 'SNAPSHOT');
  }
}

/** Removes what killed processes left; who still writes is left alone. */
async function sweep(context: SandboxContext): Promise<void> {
  const { assets, home } = context.installation;
  const folder = context.folder.snapshots(context.name);
  const call = { menv: assets.menv, home: home.root, verb: 'sweep', subject: folder } as const;
  // What stays takes room and means nothing.
  await callSnapshot({ ...call, flags: ['--folder', folder] }).catch(() => undefined);
}

/** The sandbox goes on from the snapshot; what it has done since, on its disk too, is lost. */
export async function restoreSnapshot(
  context: SandboxContext,
  name: string,
  options: RestoreOptions = {},
): Promise<Sandbox> {
  const { diskOnly = false, signal } = options;
  const source = { folder: snapshotFolder(context, name), info: await snapshotInfo(context, name), diskOnly };
  // Neither a sandbox that runs nor one that was saved is given up for a snapshot that cannot be used.
  const kept = (await context.runs.connect(context)) !== undefined || (await savedAt(context)) !== undefined;
  if (kept) await checkSource(context, source, signal);
  await stopSandbox(context, { graceMs: 0, ...(signal === undefined ? {} : { signal }) });
  await dropSaved(context);
  const sandbox = await goOnFrom(context, source, signal);
  await sandbox.settled(signal);
  return sandbox;
}
