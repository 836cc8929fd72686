export interface Snapshot {
  readonly name: string;
  readonly at: Date;
  readonly description: string;
  /** What it takes of the disk, with what it shares. */
  readonly bytes: number;
  /** What only it takes: the rest is shared with the sandbox's disk or with other snapshots. */
  readonly ownBytes: number;
  /** How long the guest stood still for it. */
  readonly pausedMs: number;
  /** No program ran and the disk was flushed; otherwise the disk is as after a loss of power. */
  readonly held: boolean;
  /** It has no memory: the sandbox starts with its disk, instead of going on. */
  readonly diskOnly: boolean;
}

export interface SnapshotOptions {
  /** At most 1 KiB. */
  readonly description?: string;
  /** Neither memory nor devices. */
  readonly diskOnly?: boolean;
  readonly signal?: AbortSignal;
}

export interface RestoreOptions {
  /** Of a snapshot that has both, only the disk: the sandbox starts with it. */
  readonly diskOnly?: boolean;
  readonly signal?: AbortSignal;
}

export interface ExportOptions {
  readonly signal?: AbortSignal;
}

export interface ImportOptions {
  /** Leaves the memory out: the sandbox can start with the disk. */
  readonly diskOnly?: boolean;
  /**
   * Takes the memory of whoever made the file. Without it only what this user has exported: the state of
   * devices is loaded by QEMU, which trusts it.
   */
  readonly trust?: boolean;
  readonly signal?: AbortSignal;
}

/** `idle`: because nobody wanted anything of the sandbox; it goes on by itself when somebody does. */
export type PauseEvent = { readonly kind: 'paused'; readonly idle: boolean } | { readonly kind: 'resumed' };

/** Of a snapshot that goes to a file or comes from one. */
export interface SnapshotEvent {
  readonly kind: 'snapshot';
  readonly stage: 'exporting' | 'importing' | 'ready';
  /** Bytes. */
  readonly done: number;
  readonly total: number;
}

/** What goes when a sandbox goes back to a snapshot. */
export interface RestoreLoss {
  /** When the snapshot was made: what happened from then on is undone. */
  readonly since: Date;
  readonly running: boolean;
  /** That run and are ended. Absent: none, or they cannot be asked for. */
  readonly programs?: readonly string[];
  /** Of the disk, written since. */
  readonly changedBytes: number;
}
