import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, fromErrno, SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { endedRun } from '../lifecycle/ended-run.ts';
import { launchPlanned } from '../lifecycle/launch.ts';
import type { Planned } from '../lifecycle/launch.ts';
import { decodeRecord, runnable } from '../lifecycle/launch-record.ts';
import type { RunningSandbox } from '../lifecycle/running-sandbox.ts';
import { readPlaceholders } from '../lifecycle/secrets.ts';
import { planRestore } from '../lifecycle/spec.ts';
import { callSnapshot } from '../machine/snapshot-process.ts';
import type { SnapshotInfoJson } from '../machine/gen/menv/machine/v1/machine_pb.js';

export interface SnapshotSource {
  readonly folder: string;
  readonly info: SnapshotInfoJson;
  /** Not its memory, should it have one. */
  readonly diskOnly?: boolean;
  /** It is deleted when the guest has gone on. */
  readonly consume?: boolean;
}

/** Throws what would keep a guest from going on from it: SNAPSHOT, SNAPSHOT_OTHER, IMAGE_NOT_CACHED. */
export async function checkSource(
  context: SandboxContext,
  source: SnapshotSource,
  signal?: AbortSignal,
): Promise<void> {
  const { assets, home } = context.installation;
  const { spec } = await plan(context, source);
  await callSnapshot({
    menv: assets.menv,
    home: home.root,
    verb: 'check',
    spec,
    subject: source.folder,
    signal,
  });
}

/**
 * Starts the sandbox, which does not run, as the guest that a snapshot was made of, or from the disk of
 * that; its disk is the snapshot's then.
 */
export async function goOnFrom(
  context: SandboxContext,
  source: SnapshotSource,
  signal?: AbortSignal,
): Promise<RunningSandbox> {
  const previous = await endedRun(context.run, context.name);
  await readPlaceholders(context);
  return launchPlanned(context, await plan(context, source), previous, signal);
}

async function plan(context: SandboxContext, source: SnapshotSource): Promise<Planned> {
  const { folder, info, diskOnly = false, consume = false } = source;
  const { name, scripts } = runnable(context.definition);
  // The scripts are those of now: the guest gets them.
  const record = { ...decodeRecord(info.launch ?? '', context.name), name, scripts };
  const spec = planRestore(context, folder, info, record, diskOnly);
  const rootDisk = await findRootDisk(context.installation.home.images, info.rootDisk ?? '');
  return { spec: { ...spec, rootDisk, consumeSnapshot: consume }, record };
}

/** The image in the user's folder of now, which may have been moved since; none of its own keeps a snapshot's image. */
async function findRootDisk(images: string, made: string): Promise<string> {
  const digest = basename(dirname(made));
  const path = join(images, 'sha256', digest, basename(made));
  try {
    await access(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT')
      throw new SandboxError('IMAGE_NOT_CACHED', { subject: `sha256:${digest}` });
    throw fromErrno(error, path, 'STORE');
  }
  return path;
}
