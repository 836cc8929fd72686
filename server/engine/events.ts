import type { EngineEvent, EventBody } from './api.ts';

/** More listeners than any front end has: a leak shows here, not as slowness. */
const MAX_LISTENERS = 64;

/** Gives every event its place in the engine's one order. */
export class EventHub {
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #seq = 0;

  emit(sandbox: string, body: EventBody): void {
    const event: EngineEvent = { seq: ++this.#seq, at: new Date(), sandbox, ...body };
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // A front end's fault must not end a run; it surfaces as any uncaught error of its own.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  subscribe(listener: (event: EngineEvent) => void): Disposable {
    if (this.#listeners.size >= MAX_LISTENERS)
      throw new RangeError(`more than ${MAX_LISTENERS} event listeners`);
    // Each subscription is one of its own, also when the same function subscribes twice.
    const subscription = (event: EngineEvent): void => {
      listener(event);
    };
    this.#listeners.add(subscription);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(subscription);
      },
    };
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
