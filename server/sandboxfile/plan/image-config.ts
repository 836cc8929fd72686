/** What an image says about running it. */
export interface ImageConfig {
  /** KEY=VALUE. */
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
}

/** Of a root folder, which says nothing. */
export const NO_IMAGE_CONFIG: ImageConfig = { env: [], entrypoint: [], cmd: [], workingDir: '' };
