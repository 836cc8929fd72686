import type { Fingerprint } from './fingerprint.ts';

/** One thing to build. It runs when its inputs are not the ones its outputs were made from. */
export interface Step {
  /** Unique; also the name of its folder in the cache, so without slashes. */
  readonly name: string;
  /** Steps whose outputs are among the inputs. */
  readonly needs: readonly Step[];
  /** Files the outputs depend on, the script that builds them included; called after `needs` were built. */
  inputs(): Promise<readonly Fingerprint[]>;
  /** Paths below dist/; that of a folder ends in a slash. */
  readonly outputs: readonly string[];
  /** Writes one file or folder per output, named by its base name, into an empty folder. */
  build(folder: string): Promise<void>;
}
