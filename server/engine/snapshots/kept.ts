// Kept snapshots of one sandbox, below `menv/snapshots/`: a folder each.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { allocatedIn } from '../allocated.ts';
import type { Snapshot } from '../api.ts';
import { errnoOf, SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import type { SnapshotInfoJson } from '../machine/gen/menv/machine/v1/machine_pb.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const MANIFEST = 'snapshot.json';

export function isSnapshotName(name: string): boolean {
  return NAME.test(name);
}

export function snapshotFolder(context: SandboxContext, name: string): string {
  if (!isSnapshotName(name)) throw new SandboxError('SNAPSHOT_NAME', { subject: name });
  return context.folder.snapshots(context.name, name);
}

/** Throws SNAPSHOT_EXISTS. */
export async function refuseTaken(context: SandboxContext, name: string): Promise<void> {
  const there = await stat(snapshotFolder(context, name)).catch(() => undefined);
  if (there !== undefined) throw new SandboxError('SNAPSHOT_EXISTS', { subject: name });
}

/** Throws SNAPSHOT_UNKNOWN. */
export async function snapshotInfo(context: SandboxContext, name: string): Promise<SnapshotInfoJson> {
  try {
    return await readInfo(snapshotFolder(context, name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw new SandboxError('SNAPSHOT_UNKNOWN', { subject: name });
    throw error;
  }
}

/** Throws ENOENT where nothing is, SNAPSHOT where something else is. */
export async function readInfo(folder: string): Promise<SnapshotInfoJson> {
  const file = join(folder, MANIFEST);
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { info: SnapshotInfoJson }).info;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error;
    throw new SandboxError('SNAPSHOT', { subject: file, cause: error });
  }
}

export async function describeSnapshot(
  context: SandboxContext,
  name: string,
  info: SnapshotInfoJson,
): Promise<Snapshot> {
  return {
    name,
    at: new Date(Number(info.unixNanos ?? '0') / 1_000_000),
    description: info.description ?? '',
    pausedMs: Number(info.pausedNs ?? '0') / 1_000_000,
    held: info.held ?? false,
    diskOnly: info.diskOnly ?? false,
    ...((await allocatedIn(snapshotFolder(context, name))) ?? { bytes: 0, ownBytes: 0 }),
  };
}
