// Sandboxes that were ended to go on later: one snapshot each, below `menv/saved/`. It is there from the
// end of the run until the guest goes on from it, and no guest has run in between.

import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromErrno, hasCode, SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import type { RunningSandbox } from '../lifecycle/running-sandbox.ts';
import { stopMachine } from '../lifecycle/stop.ts';
import { checkSource, goOnFrom } from './go-on.ts';
import { MANIFEST, readInfo } from './kept.ts';

/** Ends the sandbox if it runs, so that its next start goes on; its programs hear nothing of it. */
export async function saveSandbox(context: SandboxContext, signal?: AbortSignal): Promise<void> {
  const machine = await context.runs.connect(context);
  if (machine === undefined) return;
  const folder = context.folder.saved(context.name);
  try {
    await mkdir(dirname(folder), { recursive: true });
    // Of a run that did not come to the start of its programs.
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, folder, 'PROJECT_UNREADABLE');
  }
  await machine.snapshot({ folder, last: true }, signal);
  // From its snapshot on it ends by itself; this waits for it.
  await stopMachine(machine, context, { graceMs: 0 });
}

/** When it was saved; undefined when it was not. */
export async function savedAt(context: SandboxContext): Promise<Date | undefined> {
  const manifest = await stat(join(context.folder.saved(context.name), MANIFEST)).catch(() => undefined);
  return manifest?.mtime;
}

/** The saved sandbox, going on; undefined when there is none, or none that can. */
export async function resumeSaved(
  context: SandboxContext,
  signal?: AbortSignal,
): Promise<RunningSandbox | undefined> {
  if ((await savedAt(context)) === undefined) return undefined;
  const folder = context.folder.saved(context.name);
  try {
    const source = { folder, info: await readInfo(folder), consume: true };
    await checkSource(context, source, signal);
    return await goOnFrom(context, source, signal);
  } catch (error) {
    if (!hasCode(error, 'SNAPSHOT') && !hasCode(error, 'SNAPSHOT_OTHER')) throw error;
    const { code, message } = new SandboxError('SAVED', { subject: context.name, cause: error });
    context.emit({ kind: 'warning', code, message: `${message}: ${reason(error)}` });
    await dropSaved(context);
    return undefined;
  }
}

/** It starts anew then, with its disk as it was when it was saved. */
export async function dropSaved(context: SandboxContext): Promise<void> {
  const folder = context.folder.saved(context.name);
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw fromErrno(error, folder, 'PROJECT_UNREADABLE');
  }
}

function reason({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message;
}
