export interface Snapshot {
  readonly name: string;
  readonly at: Date;
  /** What it takes of the disk. */
  readonly bytes: number;
  /** How long the guest stood still for it. */
  readonly pausedMs: number;
  /** No program ran and the disk was flushed; otherwise the disk is as after a loss of power. */
  readonly held: boolean;
}
