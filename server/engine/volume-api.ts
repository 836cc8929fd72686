/** A volume with a quota, and by how much the sandbox has made it grow in this run. */
export interface VolumeGrowth {
  readonly host: string;
  readonly guest: string;
  readonly usedBytes: number;
  readonly quotaBytes: number;
}
