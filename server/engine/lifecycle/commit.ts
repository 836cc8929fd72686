import type { CommitOptions, CommittedImage } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import { imageTool } from '../images/tool.ts';
import { committedImage } from '../machine/image-answers.ts';
import { callImage } from '../machine/image-process.ts';
import type { SandboxContext } from './context.ts';
import { obtain } from './obtain.ts';
import type { RunningSandbox } from './running-sandbox.ts';

/** A sandbox that does not run is started for it, without any program, and stopped again. */
export async function commitSandbox(
  context: SandboxContext,
  reference: string,
  options: CommitOptions,
): Promise<CommittedImage> {
  const { sandbox, owned } = await obtain(context, () => undefined, options.signal);
  try {
    await sandbox.settled(options.signal);
    return await commitRunning(context, sandbox, reference, options);
  } finally {
    if (owned) await sandbox.stop();
  }
}

async function commitRunning(
  context: SandboxContext,
  sandbox: RunningSandbox,
  reference: string,
  { message, signal }: CommitOptions,
): Promise<CommittedImage> {
  const { imageDigest } = sandbox.record;
  if (imageDigest === undefined) throw new SandboxError('BASE_UNKNOWN', { subject: context.name });
  const answer = await callImage(imageTool(context.installation), {
    verb: 'commit',
    flags: ['--base', imageDigest, ...(message === undefined ? [] : ['--message', message])],
    args: [reference],
    subject: reference,
    input: sandbox.changes(signal),
    onEvent: context.emit,
    signal,
  });
  return committedImage(answer, reference);
}
