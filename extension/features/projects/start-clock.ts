// How long the steps of a start take, from when their events came.

import type { Phase } from '../../../server/engine/api.ts';

export interface StepTime {
  readonly step: Phase;
  readonly ms: number;
}

/** A run that was found running tells all its phases at once: that is no start that was seen. */
const UNSEEN_MS = 20;

export class StartClock {
  #entered: { readonly phase: Phase; readonly at: Date }[] = [];
  #times: readonly StepTime[] = [];

  /** Of the last start that was seen; empty without one. */
  get times(): readonly StepTime[] {
    return this.#times;
  }

  enter(phase: Phase, at: Date): void {
    if (phase === 'preparing' || phase === 'stopping') this.#entered = [];
    if (this.#entered.at(-1)?.phase === phase) return;
    this.#entered.push({ phase, at });
    if (phase !== 'running') return;
    const times = this.#entered.slice(1).map((entry, index) => {
      const { phase: step = 'preparing', at: since = at } = this.#entered[index] ?? {};
      return { step, ms: entry.at.getTime() - since.getTime() };
    });
    const total = times.reduce((sum, { ms }) => sum + ms, 0);
    if (total > UNSEEN_MS) this.#times = times;
  }
}
