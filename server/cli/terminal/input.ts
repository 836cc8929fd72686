// Standard input to a program.

import type { Readable } from 'node:stream';
import type { Program } from '../../engine/api.ts';

/**
 * Copies until the input ends or the program takes no more. The input is read only as fast as
 * the program takes it. Never rejects: a program that ends or closes its stdin is no failure of ours.
 */
export async function copyInput(input: Readable, program: Program): Promise<void> {
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) await program.write(chunk);
  } catch {
    // Either side is gone. What is left of the input stays unread.
  }
  await program.end().catch(() => undefined);
}

/** Keys that may wait while the program takes none. */
const waitingKeysBytes = 64 << 10;
const ctrlC = 0x03;
/** So many Ctrl+C that the program does not even receive are meant for us. */
const impatience = 3;

/**
 * Copies keys of a terminal in raw mode. `onImpatience`: the user presses Ctrl+C again and again
 * and nothing takes it, as when the sandbox hangs; without this only another terminal could help.
 */
export function copyKeys(input: Readable, program: Program, onImpatience: () => void): Disposable {
  let waiting: Buffer[] = [];
  let unheard = 0;
  let busy = false;

  const send = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    while (waiting.length > 0) {
      const keys = Buffer.concat(waiting);
      waiting = [];
      await program.write(keys).catch(() => undefined);
      unheard = 0;
    }
    busy = false;
    input.resume();
  };
  const onKeys = (keys: Buffer): void => {
    if (busy && keys.includes(ctrlC)) {
      unheard += 1;
      if (unheard === impatience) onImpatience();
    }
    waiting.push(keys);
    void send();
    // Ctrl+C is looked for as long as possible, pasted text is left in the terminal's queue.
    if (busy && waiting.reduce((sum, part) => sum + part.length, 0) > waitingKeysBytes) input.pause();
  };
  const onEnd = (): void => void program.end().catch(() => undefined);
  input.on('data', onKeys);
  input.on('end', onEnd);
  input.on('error', onEnd);
  return {
    [Symbol.dispose]: () => {
      input.off('data', onKeys);
      input.off('end', onEnd);
      input.pause();
    },
  };
}
