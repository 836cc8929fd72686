import { sep } from 'node:path';
import { imageSource, planSandbox } from '../../sandboxfile/index.ts';
import type { ImageConfig, SandboxPlan } from '../../sandboxfile/index.ts';
import { hasCode, SandboxError } from '../errors/index.ts';
import { imageTool } from '../images/tool.ts';
import { useImage } from '../images/use-image.ts';
import type { ResolvedImage } from '../machine/image-answers.ts';
import { resumeSaved } from '../snapshots/saved.ts';
import type { SandboxContext } from './context.ts';
import { endedRun } from './ended-run.ts';
import type { EndedRun } from './ended-run.ts';
import { readEnvFile } from './env-file.ts';
import { findRunning } from './find.ts';
import { launchPlanned } from './launch.ts';
import { isRunOf } from './launch-record.ts';
import type { RunningSandbox } from './running-sandbox.ts';
import { readPlaceholders } from './secrets.ts';
import { planLaunch } from './spec.ts';
import type { LaunchPlan, MainProgram } from './spec.ts';
import { wideVolumeWarnings } from './wide-volumes.ts';

/** What a new run executes; decided once the image has said what it would run by itself. */
export type ChooseMain = (image: ImageConfig) => MainProgram | undefined;

export interface Obtained {
  readonly sandbox: RunningSandbox;
  /** It was started by this call, or begun for it under its key. */
  readonly owned: boolean;
}

/**
 * The running sandbox, or else a new run of it. Of several calls at once, in however many processes,
 * one starts it; the lock decides which, and the others find it running.
 */
export async function obtain(
  context: SandboxContext,
  chooseMain: ChooseMain,
  signal?: AbortSignal,
  key?: string,
): Promise<Obtained> {
  for (let attempt = 1; ; attempt++) {
    const running = await findRunning(context, 'await', signal, key);
    if (running !== undefined) {
      const owned = isRunOf(running.record, key);
      if (owned) await tellBegun(context, running);
      return { sandbox: running, owned };
    }
    try {
      // As one that runs: its programs are there.
      const resumed = await resumeSaved(context, signal);
      if (resumed !== undefined) return { sandbox: resumed, owned: false };
      return { sandbox: await launch(context, chooseMain, signal), owned: true };
    } catch (error) {
      // The lock's owner may still be on its way to listen, or on its way out.
      const again = hasCode(error, 'ALREADY_RUNNING') || isLostImage(context, error);
      if (!again || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

const MAX_ATTEMPTS = 3;

/** Somebody has removed the image between its resolution and the supervisor's hold of it. */
function isLostImage({ installation }: SandboxContext, error: unknown): boolean {
  return hasCode(error, 'ASSET_MISSING') && error.subject.startsWith(`${installation.home.images}${sep}`);
}

/** Who began it had nobody to tell. */
async function tellBegun(context: SandboxContext, sandbox: RunningSandbox): Promise<void> {
  await tellWideVolumes(context, planSandbox(context.definition));
  if (context.definition.ports.length > 0) await sandbox.tellMovedPorts();
}

async function launch(
  context: SandboxContext,
  chooseMain: ChooseMain,
  signal?: AbortSignal,
): Promise<RunningSandbox> {
  const { installation, definition } = context;
  if (definition.image === undefined) throw new SandboxError('IMAGE_REFERENCE', { subject: '' });
  const image = useImage({
    reference: imageSource(definition.image, definition.origin),
    tool: imageTool(installation),
    emit: context.emit,
    signal,
  });
  const { planned, previous } = await planRun(context, image, chooseMain);
  await tellWideVolumes(context, planned.plan);
  return launchPlanned(context, planned, previous, signal);
}

export interface NextRun {
  readonly planned: LaunchPlan;
  /** The last run, if it ended unseen. */
  readonly previous: EndedRun | undefined;
}

export async function planRun(
  context: SandboxContext,
  image: Promise<ResolvedImage>,
  chooseMain: ChooseMain,
): Promise<NextRun> {
  const [resolved, envFile, placeholders, previous] = await Promise.all([
    image,
    readEnvFile(context.definition),
    readPlaceholders(context),
    endedRun(context.run, context.name),
  ]);
  const planned = planLaunch(context, resolved, envFile, placeholders, chooseMain(resolved.config));
  return { planned, previous };
}

async function tellWideVolumes({ emit }: SandboxContext, plan: SandboxPlan): Promise<void> {
  for (const message of await wideVolumeWarnings(plan))
    emit({ kind: 'warning', code: 'WIDE_VOLUME', message });
}
