import type { Interrupts } from '../interrupts.ts';
import { enterRawMode } from '../terminal/raw-mode.ts';

/** The next key of the terminal; empty when there will be none, since it is closed or a signal came. */
export async function nextKey(interrupts: Interrupts): Promise<string> {
  const interrupted = new AbortController();
  using _taken = interrupts.takeOver(() => interrupted.abort());
  return await keysUntil((keys) => keys !== '', interrupted.signal);
}

/** What the terminal sends until it is enough, ends, or nobody waits for it any more. */
export async function keysUntil(isEnough: (keys: string) => boolean, signal?: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY || signal?.aborted === true) return '';
  using _raw = enterRawMode(process.stdin);
  return await new Promise((resolve) => {
    let keys = '';
    const settle = (): void => {
      process.stdin.off('data', onData);
      process.stdin.off('end', settle);
      process.stdin.off('error', settle);
      signal?.removeEventListener('abort', settle);
      process.stdin.pause();
      resolve(keys);
    };
    const onData = (data: Buffer): void => {
      keys += data.toString();
      if (isEnough(keys)) settle();
    };
    process.stdin.on('data', onData);
    process.stdin.on('end', settle);
    // What is read of a terminal that is gone.
    process.stdin.on('error', settle);
    signal?.addEventListener('abort', settle);
    process.stdin.resume();
  });
}
