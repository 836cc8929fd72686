// `menv snapshot VERB`: what is done with kept snapshots beside their sandbox.

import type { MachineSpecJson } from './gen/menv/machine/v1/machine_pb.js';
import { count, isObject } from './json.ts';
import { callLines } from './line-process.ts';

export interface SnapshotCall {
  readonly menv: string;
  /** The user's folder. */
  readonly home: string;
  readonly verb: 'check' | 'export' | 'import' | 'sweep';
  readonly flags?: readonly string[];
  /** Of a guest of this host. */
  readonly spec?: MachineSpecJson;
  readonly subject: string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Resolves when it is done; an abort ends the process, which leaves nothing half done. */
export async function callSnapshot(call: SnapshotCall): Promise<void> {
  const { menv, home, verb, flags = [], spec, subject, onProgress, signal } = call;
  await callLines({
    menv,
    home,
    args: ['snapshot', verb, ...flags],
    subject,
    failed: 'SNAPSHOT',
    input: spec === undefined ? undefined : JSON.stringify(spec),
    onProgress: ({ progress }) => {
      if (!isObject(progress)) return false;
      onProgress?.(count(progress['done']), count(progress['total']));
      return true;
    },
    signal,
  });
}
