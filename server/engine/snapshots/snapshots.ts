// Snapshots of one sandbox, below `menv/snapshots/`: a folder each, which its supervisor makes.

import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox, Snapshot } from '../api.ts';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { stopSandbox } from '../lifecycle/stop.ts';
import type { SnapshotInfoJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import { goOnFrom } from './go-on.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MANIFEST = 'snapshot.json';

/** Of memory, devices and disk of a running sandbox; resolves when it is durable. */
export async function createSnapshot(
  context: SandboxContext,
  name: string,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const folder = snapshotFolder(context, name);
  if (await exists(folder)) throw new SandboxError('SNAPSHOT_EXISTS', { subject: name });
  const machine = await context.runs.connect(context);
  if (machine === undefined) throw new SandboxError('NOT_RUNNING', { subject: context.name });
  try {
    await mkdir(context.folder.snapshots(context.name), { recursive: true });
  } catch (error) {
    throw fromErrno(error, context.folder.snapshots(context.name), 'PROJECT_UNREADABLE');
  }
  return describe(name, await machine.snapshot(folder, { signal }));
}

/** Oldest first. */
export async function listSnapshots(context: SandboxContext): Promise<readonly Snapshot[]> {
  const names = await readdir(context.folder.snapshots(context.name)).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => NAME.test(name))
      .map(async (name) => describe(name, await snapshotInfo(context, name))),
  );
  return found.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Sandboxes that have gone on from it are not concerned. */
export async function removeSnapshot(context: SandboxContext, name: string): Promise<void> {
  const folder = snapshotFolder(context, name);
  // Its name goes first: what is half deleted is no snapshot.
  const grave = context.folder.snapshots(context.name, `.tmp-${name}-${process.pid}`);
  try {
    await rename(folder, grave);
    await rm(grave, { recursive: true, force: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new SandboxError('SNAPSHOT_UNKNOWN', { subject: name });
    throw fromErrno(error, folder, 'SNAPSHOT');
  }
}

/** The sandbox goes on from the snapshot; what it has done since, on its disk too, is lost. */
export async function restoreSnapshot(
  context: SandboxContext,
  name: string,
  signal?: AbortSignal,
): Promise<Sandbox> {
  const info = await snapshotInfo(context, name);
  await stopSandbox(context, { graceMs: 0, ...(signal === undefined ? {} : { signal }) });
  const sandbox = await goOnFrom(context, snapshotFolder(context, name), info, signal);
  await sandbox.settled(signal);
  return sandbox;
}

export function snapshotFolder(context: SandboxContext, name: string): string {
  if (!NAME.test(name)) throw new SandboxError('SNAPSHOT_NAME', { subject: name });
  return context.folder.snapshots(context.name, name);
}

/** Throws SNAPSHOT_UNKNOWN. */
export async function snapshotInfo(context: SandboxContext, name: string): Promise<SnapshotInfoJson> {
  const file = join(snapshotFolder(context, name), MANIFEST);
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { info: SnapshotInfoJson }).info;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new SandboxError('SNAPSHOT_UNKNOWN', { subject: name });
    throw new SandboxError('SNAPSHOT', { subject: file, cause: error });
  }
}

function describe(name: string, info: SnapshotInfoJson): Snapshot {
  return {
    name,
    at: new Date(Number(info.unixNanos ?? '0') / 1_000_000),
    bytes: Number(info.bytes ?? '0'),
    pausedMs: Number(info.pausedNs ?? '0') / 1_000_000,
    held: info.held ?? false,
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
