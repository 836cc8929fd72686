// Images as the engine's front ends see them; part of api.ts.

/**
 * The images of this user on this machine, and registries. References are as in a Sandboxfile:
 * `python:3.12`, `ghcr.io/team/app@sha256:…`; answers have them in their complete form. How far a
 * call is comes as the engine's events `image` and `layer`, with an empty sandbox.
 */
export interface Images {
  /** Host of the registry that a name without one means. */
  readonly defaultRegistry: string;
  /** Brings the newest image of that name here, whole. What is here already is not fetched again. */
  pull(reference: string, options?: PullOptions): Promise<PulledImage>;
  /** Puts a stored image under its own name into its registry. */
  push(reference: string, options?: ImageOptions): Promise<PushedImage>;
  /** Proves the credential to the registry, then keeps it in the user's home. */
  login(login: RegistryLogin, options?: ImageOptions): Promise<{ readonly registry: string }>;
  /** Absent registry: the default one. */
  logout(
    registry?: string,
    options?: ImageOptions,
  ): Promise<{ readonly registry: string; readonly removed: boolean }>;
  /** Tags that a repository's registry has, at most some thousands. */
  tags(repository: string, options?: ImageOptions): Promise<readonly string[]>;
  list(options?: ImageOptions): Promise<readonly StoredImage[]>;
  /** By reference, digest or the beginning of one. All or none: IMAGE_IN_USE says who uses one. */
  remove(images: readonly string[], options?: ImageOptions): Promise<RemovedImages>;
  /** Images without a name, then the least recently used ones until the size is kept; none that is used. */
  prune(options?: PruneOptions): Promise<RemovedImages>;
  /** A stored image; asks no registry. */
  inspect(image: string, options?: ImageOptions): Promise<ImageDetails>;
  /** Images of an OCI layout or a docker archive, from a path or as a stream of a tar. */
  load(source: string | AsyncIterable<Uint8Array>, options?: LoadOptions): Promise<readonly LoadedImage[]>;
  save(images: readonly string[], options: SaveOptions): Promise<{ readonly path: string }>;
}

export interface ImageOptions {
  readonly signal?: AbortSignal;
}

export interface PullOptions extends ImageOptions {
  /** Folder, absolute, that an image is kept in which is not on this machine yet. */
  readonly layerPath?: string;
}

export interface RegistryLogin {
  /** Host, with a port where it has one. Absent: the default registry. */
  readonly registry?: string;
  readonly username: string;
  readonly password: string;
}

export interface LoadOptions extends ImageOptions {
  /** For the one image there is, instead of the names it has. */
  readonly name?: string | undefined;
}

export interface PruneOptions extends ImageOptions {
  /** As `500M`, `20GiB` or `none`. Absent: the limit that holds after each pull. */
  readonly keep?: string | undefined;
}

export interface SaveOptions extends ImageOptions {
  /** Absolute path; what is there is replaced when everything has been written. */
  readonly output: string;
  readonly format: SaveFormat;
}

export type SaveFormat = 'docker-archive' | 'oci-layout' | 'oci-archive';

export interface PulledImage {
  readonly reference: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface PushedImage {
  readonly reference: string;
  readonly digest: string;
}

/** An image that was made of a sandbox. */
export interface CommittedImage {
  readonly reference: string;
  readonly digest: string;
}

export interface CommitOptions extends ImageOptions {
  /** For the image's history. */
  readonly message?: string | undefined;
}

export interface StoredImage {
  /** Empty for an image whose names all went to others. */
  readonly references: readonly string[];
  readonly digest: string;
  /** As `linux/amd64`. */
  readonly platform: string;
  readonly created?: Date;
  readonly sizeBytes: number;
  readonly lastUsed?: Date;
  /** Running sandboxes, as `Sandboxfile/app of /path/to/project`. */
  readonly inUseBy: readonly string[];
}

export interface RemovedImages {
  /** Names that are gone; an image goes with its last one. */
  readonly references: readonly string[];
  readonly digests: readonly string[];
  readonly freedBytes: number;
}

export interface ImageDetails extends StoredImage {
  readonly config: ImageDefaults;
  /** Bottom to top. */
  readonly layers: readonly ImageLayer[];
  /** Everything native code said, as `msb image inspect` prints it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** What an image says about the programs started from it. */
export interface ImageDefaults {
  /** KEY=VALUE. */
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  /** As `80/tcp`. */
  readonly exposedPorts: readonly string[];
}

export interface ImageLayer {
  /** Of the layer as it came; where the source names none, of its content. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** The command that made it, where the image tells. */
  readonly createdBy?: string;
}

export interface LoadedImage {
  /** Absent for an image without a name. */
  readonly reference?: string;
  readonly digest: string;
}

/** `done` and `total` are bytes; total is 0 while it is not known. */
export type ImageEvent =
  | {
      readonly kind: 'image';
      /** As the caller named it. */
      readonly image: string;
      readonly stage:
        'resolving' | 'downloading' | 'importing' | 'pushing' | 'saving' | 'committing' | 'ready';
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly kind: 'layer';
      readonly image: string;
      readonly digest: string;
      readonly stage: LayerStage;
      readonly done: number;
      readonly total: number;
    };

export type LayerStage =
  'waiting' | 'downloading' | 'exists' | 'verifying' | 'importing' | 'pushing' | 'retrying' | 'done';
