import type { SandboxContext } from '../lifecycle/context.ts';
import { endedRun } from '../lifecycle/ended-run.ts';
import { launchPlanned } from '../lifecycle/launch.ts';
import { decodeRecord } from '../lifecycle/launch-record.ts';
import type { RunningSandbox } from '../lifecycle/running-sandbox.ts';
import { planRestore } from '../lifecycle/spec.ts';
import type { SnapshotInfoJson } from '../machine/gen/menv/machine/v1/machine_pb.js';

export interface SnapshotSource {
  readonly folder: string;
  readonly info: SnapshotInfoJson;
  /** Not its memory, should it have one. */
  readonly diskOnly?: boolean;
}

/**
 * Starts the sandbox, which does not run, as the guest that a snapshot was made of, or from the disk of
 * that; its disk is the snapshot's then.
 */
export async function goOnFrom(
  context: SandboxContext,
  { folder, info, diskOnly = false }: SnapshotSource,
  signal?: AbortSignal,
): Promise<RunningSandbox> {
  const record = { ...decodeRecord(info.launch ?? '', context.name), name: context.name };
  const spec = planRestore(context, folder, info, record, diskOnly);
  const previous = await endedRun(context.run, context.name);
  return launchPlanned(context, { spec, record }, previous, signal);
}
