/** A provider that takes longer is left to fill its cache: the editor will ask again. */
const PATIENCE_MS = 150;

/** A provider's answer; undefined when it does not know, fails, takes too long or nobody waits any more. */
export async function answer<T>(
  ask: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  let stop: (() => void) | undefined;
  const patience = new Promise<undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    const leave = () => resolve(undefined);
    signal.addEventListener('abort', leave, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    };
  });
  try {
    return await Promise.race([Promise.resolve(ask(signal)), patience]);
  } catch {
    // An unknown answer is one that every feature can live with.
    return undefined;
  } finally {
    stop?.();
  }
}
