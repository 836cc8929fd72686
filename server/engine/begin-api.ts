import type { WindowSize } from './api.ts';

/** Of a run that another call, of any process, takes over. */
export interface BeginOptions {
  /** Of the wish; see `RunOptions`. */
  readonly key: string;
  /** What the program's terminal is like until its client says more. */
  readonly tty: WindowSize;
  readonly signal?: AbortSignal;
}
