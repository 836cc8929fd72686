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
