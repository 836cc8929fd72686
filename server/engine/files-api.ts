// Files of a running sandbox as the engine's front ends see them; part of api.ts.

export interface GuestFile {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly mtime: Date;
  readonly ctime: Date;
  readonly uid: number;
  readonly gid: number;
  readonly linkTarget?: string;
}

export interface SandboxFiles {
  stat(path: string, options?: { readonly follow?: boolean }): Promise<GuestFile>;
  list(path: string): Promise<readonly GuestFile[]>;
  read(
    path: string,
    options?: { readonly offset?: number; readonly length?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  write(
    path: string,
    data: AsyncIterable<Uint8Array> | Uint8Array,
    options?: {
      readonly mode?: number;
      readonly create?: boolean;
      readonly overwrite?: boolean;
      readonly append?: boolean;
      readonly signal?: AbortSignal;
    },
  ): Promise<GuestFile>;
  makeDir(path: string, options?: { readonly mode?: number; readonly parents?: boolean }): Promise<void>;
  remove(path: string, options?: { readonly recursive?: boolean }): Promise<void>;
  rename(from: string, to: string, options?: { readonly overwrite?: boolean }): Promise<void>;
  /** Resolves once changes are being seen. `overflow`: some were lost, read again. */
  watch(
    path: string,
    options: { readonly recursive?: boolean; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<FileChange>>;
}

export type FileChange =
  { readonly kind: 'created' | 'changed' | 'deleted'; readonly path: string } | { readonly kind: 'overflow' };
