import { setTimeout as wait } from 'node:timers/promises';

/** How often a lock that another process holds is tried again: the system tells no one when it is free. */
const RETRY_MS = 20;

/**
 * Waits for a lock between processes, which ends with its holder however that ends. It is SQLite's lock
 * on an empty file: Node offers no other one.
 */
export async function holdLock(path: string, signal?: AbortSignal): Promise<Disposable> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (!isTaken(() => database.exec('BEGIN EXCLUSIVE'))) break;
      await wait(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    [Symbol.dispose]: () => {
      database.close();
    },
  };
}

/** SQLite's code for a lock that somebody else holds. */
const BUSY = 5;

function isTaken(take: () => void): boolean {
  try {
    take();
    return false;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === BUSY) return true;
    throw error;
  }
}
