import type { Sandbox as Definition } from '../sandboxfile/index.ts';

/** A copy of a sandbox that goes its own way. The Sandboxfile does not name it; it is there until it is removed. */
export interface Fork {
  readonly name: string;
  /** What it was copied from; may be gone by now. */
  readonly parent: string;
  /** Of the parent; absent: the parent as it ran. */
  readonly snapshot?: string;
  readonly at: Date;
  /** Its parent's when it was made, whatever the file says now; ports are its own. */
  readonly definition: Definition;
}

export interface ForkOptions {
  /** How many; default one. */
  readonly count?: number;
  /** The only one's name, or with a number behind it those of all; default: the parent's. */
  readonly name?: string;
  /** Of the parent, to go on from; without it the parent has to run. */
  readonly snapshot?: string;
  readonly signal?: AbortSignal;
}

/** How far a call of `fork` is; told of the parent. The forks' own phases are told of them. */
export interface ForkEvent {
  readonly kind: 'fork';
  /** `saving`: the parent's memory and disk are copied, once for all. `starting`: `done` of `total` run. */
  readonly stage: 'saving' | 'starting' | 'ready';
  readonly done: number;
  readonly total: number;
}
