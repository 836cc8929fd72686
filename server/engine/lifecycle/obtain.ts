import { sep } from 'node:path';
import { imageSource } from '../../sandboxfile/index.ts';
import type { ImageConfig } from '../../sandboxfile/index.ts';
import { hasCode, SandboxError } from '../errors/index.ts';
import { imageTool } from '../images/tool.ts';
import { useImage } from '../images/use-image.ts';
import { resumeSaved } from '../snapshots/saved.ts';
import type { SandboxContext } from './context.ts';
import { endedRun } from './ended-run.ts';
import { readEnvFile } from './env-file.ts';
import { findRunning } from './find.ts';
import { launchPlanned } from './launch.ts';
import type { RunningSandbox } from './running-sandbox.ts';
import { readPlaceholders } from './secrets.ts';
import { planLaunch } from './spec.ts';
import { wideVolumeWarnings } from './wide-volumes.ts';
import type { MainProgram } from './spec.ts';

/** What a new run executes; decided once the image has said what it would run by itself. */
export type ChooseMain = (image: ImageConfig) => MainProgram | undefined;

export interface Obtained {
  readonly sandbox: RunningSandbox;
  /** This call started it. */
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
): Promise<Obtained> {
  for (let attempt = 1; ; attempt++) {
    const running = await findRunning(context, 'await', signal);
    if (running !== undefined) return { sandbox: running, owned: false };
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

async function launch(
  context: SandboxContext,
  chooseMain: ChooseMain,
  signal?: AbortSignal,
): Promise<RunningSandbox> {
  const { installation, definition } = context;
  if (definition.image === undefined) throw new SandboxError('IMAGE_REFERENCE', { subject: '' });
  const [image, envFile, placeholders, previous] = await Promise.all([
    useImage({
      reference: imageSource(definition.image, definition.origin),
      tool: imageTool(installation),
      emit: context.emit,
      signal,
    }),
    readEnvFile(definition),
    readPlaceholders(context),
    endedRun(context.run, context.name),
  ]);
  const planned = planLaunch(context, image, envFile, placeholders, chooseMain(image.config));
  for (const message of wideVolumeWarnings(planned.plan))
    context.emit({ kind: 'warning', code: 'WIDE_VOLUME', message });
  return launchPlanned(context, planned, previous, signal);
}
