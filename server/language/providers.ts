// Live facts that the language does not know by itself. Each answer may be `undefined`: unknown. A
// provider answers when it can; the features never wait longer than their own limit.

export interface Providers {
  readonly files?: FileProvider;
  readonly images?: ImageProvider;
  readonly sandboxes?: SandboxProvider;
}

/** Facts that the host of the server brings, as long as the workspace is trusted. */
export interface Live {
  readonly images?: ImageProvider;
  readonly sandboxes?: SandboxProvider;
  close(): Promise<void>;
}

type Answer<T> = Promise<T | undefined> | T | undefined;

/** The host's files, as far as the workspace is trusted and they lie within it. */
export interface FileProvider {
  /** Entries of a folder, by absolute path. */
  list(folder: string, signal: AbortSignal): Answer<readonly FolderEntry[]>;
  exists(path: string, signal: AbortSignal): Answer<boolean>;
}

export interface FolderEntry {
  readonly name: string;
  readonly folder: boolean;
}

export interface ImageProvider {
  /** Host of the registry that a reference without one means; undefined: not known yet. */
  readonly registry?: string | undefined;
  /** Names of images that may be meant by `prefix`, best first. */
  names(prefix: string, signal: AbortSignal): Answer<Suggestions>;
  /** Tags of an image, best first. */
  tags(name: string, signal: AbortSignal): Answer<Suggestions>;
  /** What an image says about the programs started from it; no promise when that is known now. */
  config(reference: string, signal: AbortSignal): Answer<ImageFacts>;
  /** `config` may have other answers now. */
  onChange?(listener: () => void): void;
}

export interface Suggestions {
  readonly items: readonly string[];
  /** False: asking again, or with more text, may give more. */
  readonly complete: boolean;
}

export interface ImageFacts {
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** As `80/tcp`. */
  readonly exposedPorts: readonly string[];
}

export interface SandboxProvider {
  /**
   * What a sandbox of the file at an absolute path does now; undefined: unknown. From the first question
   * about a file on, it is looked after until it is closed.
   */
  state(path: string, sandbox: string): SandboxState | undefined;
  /** `state` may have other answers now. */
  onChange?(listener: () => void): void;
  /** The file has another text on disk now. */
  saved?(path: string): void;
  closed?(path: string): void;
}

export type SandboxState = 'stopped' | 'starting' | 'running' | 'stopping' | 'unresponsive';
