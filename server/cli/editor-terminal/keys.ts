import { enterRawMode } from '../terminal/raw-mode.ts';

/** The next key of the terminal; empty when there will be none. */
export async function nextKey(): Promise<string> {
  return keysUntil((keys) => keys !== '');
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
    signal?.addEventListener('abort', settle);
    process.stdin.resume();
  });
}
