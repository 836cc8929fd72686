import type { Disposable } from '../../host/disposables.ts';
import { answers } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';

/** What tells of one sandbox. */
export interface Watched {
  /** Undefined: nobody knows it now. */
  state(): LiveState | undefined;
  onDidChange(listener: () => void): Disposable;
}

/**
 * Resolves when a run answers that did not begin at `before`, to when it began; rejects with the signal's reason. A run
 * that was lost may be taken for running a moment longer, so it is not asked again.
 */
export function nextRun(watched: Watched, before: Date | undefined, signal: AbortSignal): Promise<Date> {
  const { promise, resolve, reject } = Promise.withResolvers<Date>();
  const look = (): void => {
    const state = watched.state();
    if (state === undefined || !answers(state) || !('since' in state)) return;
    if (state.since.getTime() !== before?.getTime()) resolve(state.since);
  };
  const listening = watched.onDidChange(look);
  const giveUp = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  else look();
  return promise.finally(() => {
    listening.dispose();
    signal.removeEventListener('abort', giveUp);
  });
}
