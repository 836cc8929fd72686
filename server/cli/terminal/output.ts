// A program's output to our streams.

import { constants } from 'node:os';
import type { Program } from '../../engine/api.ts';
import type { Sink } from './sink.ts';

/**
 * Resolves after the last chunk was handed over. A reader of ours that goes away ends the program
 * as it would end one of the same pipeline: by SIGPIPE.
 */
export async function copyOutput(program: Program, stdout: Sink, stderr: Sink): Promise<void> {
  const onGone = (): void => void program.kill(constants.signals.SIGPIPE).catch(() => undefined);
  stdout.gone.addEventListener('abort', onGone, { once: true });
  if (stdout.gone.aborted) onGone();
  for await (const { stream, data } of program.output) {
    await (stream === 'stdout' ? stdout : stderr).write(data);
  }
}
