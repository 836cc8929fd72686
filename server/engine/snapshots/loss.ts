import { stat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RestoreLoss } from '../api.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import { findRunning } from '../lifecycle/find.ts';
import { snapshotFolder, snapshotInfo } from './kept.ts';

/** A guest that stands still or does not answer says nothing. */
const ANSWER_MS = 10_000;
/** Of `stat`, whatever the file system's are. */
const BLOCK = 512;

/** What going back to the snapshot would cost. Throws SNAPSHOT_UNKNOWN. */
export async function restoreLoss(
  context: SandboxContext,
  name: string,
  signal?: AbortSignal,
): Promise<RestoreLoss> {
  const info = await snapshotInfo(context, name);
  const running = await findRunning(context, 'leave', signal);
  const machine = running === undefined ? undefined : await context.runs.connect(context);
  const paused = machine === undefined ? false : await isPaused(machine.state(ANSWER_MS, signal));
  const asked = running === undefined || paused ? undefined : running.programs();
  const alive = asked === undefined ? undefined : await within(asked);
  const programs = alive?.filter(({ exited }) => exited === undefined).map(({ program }) => program);
  return {
    since: new Date(Number(info.unixNanos ?? '0') / 1_000_000),
    running: running !== undefined,
    ...(programs === undefined ? {} : { programs }),
    changedBytes: await changedBytes(context, snapshotFolder(context, name)),
  };
}

async function isPaused(
  answer: Promise<{ readonly state?: { readonly paused?: boolean } }>,
): Promise<boolean> {
  return (await answer).state?.paused === true;
}

async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ANSWER_MS);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Layers of the disk that the snapshot does not have. */
async function changedBytes(context: SandboxContext, snapshot: string): Promise<number> {
  const kept = new Set((await files(snapshot)).map(({ ino }) => ino));
  const own = await files(dirname(context.folder.disk(context.name)));
  return own.filter(({ ino }) => !kept.has(ino)).reduce((bytes, { blocks }) => bytes + blocks * BLOCK, 0);
}

async function files(folder: string): Promise<readonly { readonly ino: number; readonly blocks: number }[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return found.filter((each) => each?.isFile() === true).filter((each) => each !== undefined);
}
