// A program's output to our streams.

import { constants } from 'node:os';
import type { Program } from '../../engine/api.ts';
import type { Sink } from './sink.ts';

/** Resolves after the last chunk was handed over, or dropped because its reader is gone. */
export async function copyOutput(program: Program, stdout: Sink, stderr: Sink): Promise<void> {
  for await (const { stream, data } of program.output) {
    await (stream === 'stdout' ? stdout : stderr).write(data);
  }
}

/** After each, a program that goes on writing for nobody is asked more firmly. */
const patienceMs = 2_000;

/**
 * Ends the program when the reader of its output goes away, as it would end in a pipeline: by
 * SIGPIPE. Many runtimes ignore that signal and wait for a failing write, which the guest's pipe to
 * us cannot give them; those get SIGTERM, and at last `endNow`.
 */
export function endWithReader(program: Program, stdout: Sink, endNow: () => void): Disposable {
  const steps = [
    () => void program.kill(constants.signals.SIGPIPE).catch(() => undefined),
    () => void program.kill(constants.signals.SIGTERM).catch(() => undefined),
    endNow,
  ];
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    steps.shift()?.();
    if (steps.length > 0) timer = setTimeout(next, patienceMs);
  };
  stdout.gone.addEventListener('abort', next, { once: true });
  if (stdout.gone.aborted) next();
  return {
    [Symbol.dispose]: () => {
      stdout.gone.removeEventListener('abort', next);
      clearTimeout(timer);
    },
  };
}
