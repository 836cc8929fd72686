import { enterRawMode } from '../terminal/raw-mode.ts';

/** The next key of the terminal; empty when there will be none. */
export async function nextKey(): Promise<string> {
  if (!process.stdin.isTTY) return '';
  using _raw = enterRawMode(process.stdin);
  return await new Promise((resolve) => {
    const settle = (key: string): void => {
      process.stdin.off('data', onData);
      process.stdin.off('end', onEnd);
      process.stdin.pause();
      resolve(key);
    };
    const onData = (data: Buffer): void => settle(data.toString());
    const onEnd = (): void => settle('');
    process.stdin.on('data', onData);
    process.stdin.on('end', onEnd);
    process.stdin.resume();
  });
}
