import { rm } from 'node:fs/promises';
import { cleanProject } from '../clean/clean-project.ts';
import { hasCode } from '../errors/index.ts';
import type { Installation, SandboxContext } from '../lifecycle/context.ts';
import { stopSandbox } from '../lifecycle/stop.ts';

/** Ends a fork that is not wanted after all and deletes all of it. The lock of the forks is held. */
export async function discardFork(
  installation: Installation,
  root: string,
  context: SandboxContext,
): Promise<void> {
  const { file, name, run } = context;
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    await stopSandbox(context, { graceMs: 0 });
    try {
      return await deleteFork(installation, { root, file, name, run: run.root });
    } catch (error) {
      // A supervisor has come to listen only now, or its VMM takes long to die.
      if (!hasCode(error, 'CLEAN_RUNNING') || performance.now() > giveUp) throw error;
    }
  }
}

/** For what comes or goes on a busy machine. */
const PATIENCE_MS = 10_000;

export interface NamedFork {
  readonly root: string;
  readonly file: string;
  readonly name: string;
  readonly run: string;
}

/** CLEAN_RUNNING while it runs. The lock of the forks is held. */
export async function deleteFork(installation: Installation, fork: NamedFork): Promise<void> {
  const { root, file, name, run } = fork;
  await cleanProject(installation, { root, file, name });
  // Other forks come by other names: nobody would ever use it again.
  await rm(run, { recursive: true, force: true });
}
