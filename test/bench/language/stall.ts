import { setTimeout as delay } from 'node:timers/promises';
import type { LanguageClient } from '../../support/language-client.ts';

/** What follows an answer, such as giving memory back, belongs to it. */
const SETTLE_MS = 50;

/** Does something with a server that has the probe; `ms`: the longest time that it was deaf meanwhile. */
export async function longestStall<T>(
  client: LanguageClient,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly ms: number }> {
  await delay(SETTLE_MS);
  await client.tell('stall');
  const value = await work();
  await delay(SETTLE_MS);
  return { value, ms: Number(await client.tell('stall')) };
}
