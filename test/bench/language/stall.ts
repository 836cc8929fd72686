import { setTimeout as delay } from 'node:timers/promises';
import type { LanguageClient } from '../../support/language-client.ts';

const PAUSE_MS = 2;

/** The longest that a request without any work waited while something was done: its event loop's stall. */
export async function longestStall(client: LanguageClient, work: () => Promise<unknown>): Promise<number> {
  let isDone = false;
  let longest = 0;
  const watch = async (): Promise<void> => {
    while (!isDone) {
      const started = performance.now();
      await client.request('textDocument/hover', {
        textDocument: { uri: 'file:///absent' },
        position: { line: 0, character: 0 },
      });
      longest = Math.max(longest, performance.now() - started);
      await delay(PAUSE_MS);
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    isDone = true;
  }
  await watching;
  return longest;
}
