import { execFile } from 'node:child_process';
import { fromErrno, fromFailure } from '../errors/index.ts';
import type { FailureJson } from './gen/menv/failure/v1/failure_pb.js';
import { isObject } from './json.ts';

export interface Cleaning {
  readonly menv: string;
  /** Owned while files go: nothing of them runs or starts meanwhile. */
  readonly runFolders: readonly string[];
  readonly root: string;
  /** Relative to the root. */
  readonly names: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** ALREADY_RUNNING, with a run folder as its subject, when one of them has an owner; then all is as it was. */
export async function deleteUnowned({ menv, runFolders, root, names, signal }: Cleaning): Promise<void> {
  signal?.throwIfAborted();
  const args = [
    'clean',
    '--root',
    root,
    ...runFolders.flatMap((folder) => ['--run', folder]),
    '--',
    ...names,
  ];
  const { error, stdout } = await new Promise<{ error: Error | null; stdout: string }>((resolve) => {
    execFile(menv, args, { signal }, (failed, said) => {
      resolve({ error: failed, stdout: said });
    });
  });
  if (signal?.aborted === true) throw signal.reason;
  if (error === null) return;
  const failure = parse(stdout);
  throw failure === undefined ? fromErrno(error, root, 'RUN_FOLDER') : fromFailure(failure);
}

function parse(line: string): FailureJson | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return isObject(message) && isObject(message['failure']) ? message['failure'] : undefined;
  } catch {
    return undefined;
  }
}
