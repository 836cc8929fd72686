// Questions on the terminal. They are asked on stderr, so that stdout stays clean.

import { Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import type { Context } from '../context.ts';

export function ask(context: Context, question: string): Promise<string> {
  return answer(context, process.stderr, (lines) => {
    lines.setPrompt(question);
    lines.prompt();
  });
}

/** What is typed is not shown. */
export async function askSecretly(context: Context, question: string): Promise<string> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  try {
    return await answer(context, nowhere, () => void context.stderr.write(question));
  } finally {
    await context.stderr.write('\n');
  }
}

/** `pose` is called when the terminal shows nothing by itself any more: who answers at once is not shown either. */
function answer(context: Context, output: Writable, pose: (lines: Interface) => void): Promise<string> {
  const { signal } = context.interrupts;
  signal.throwIfAborted();
  const lines = createInterface({ input: context.stdin, output, terminal: true, historySize: 0 });
  return new Promise<string>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
      lines.close();
    };
    signal.addEventListener('abort', abort, { once: true });
    // In raw mode the terminal sends no signal for Ctrl+C.
    lines.once('SIGINT', () => {
      context.interrupts.raise('SIGINT');
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', abort);
      // The end of the input, Ctrl+D, is an empty answer.
      resolve('');
    });
    lines.once('line', (text) => {
      resolve(text);
      lines.close();
    });
    pose(lines);
  });
}
