/** Size of a terminal in character cells. */
export interface WindowSize {
  readonly rows: number;
  readonly cols: number;
}

/** What `msb run NAME[~SCRIPT] [--exec CMD] [-- ARGS]` selects; sandboxfile.md section 9. */
export interface Selection {
  readonly script?: string;
  readonly exec?: string;
  readonly args?: readonly string[];
}

export interface RunOptions extends Selection {
  readonly tty?: WindowSize;
  readonly stdin?: 'stream' | 'none';
  /** For the start; a program that runs is its holder's to end. */
  readonly signal?: AbortSignal;
  /** Unique to this wish: the run that was begun under it is its answer, also when its program has ended by now. */
  readonly key?: string;
}

/**
 * Of a run that a `run` with the same key, of any process, takes over: its program's output waits for that
 * client, for 30 s after its end. `begin` resolves when others can find it; to false when nothing was begun, since an
 * image has to be fetched or a saved sandbox goes on.
 */
export interface BeginOptions {
  /** Of the wish; see `RunOptions`. */
  readonly key: string;
  /** What the program's terminal is like until its client says more. */
  readonly tty: WindowSize;
  readonly signal?: AbortSignal;
}
