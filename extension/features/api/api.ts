// What other extensions get from `extensions.getExtension('sandboxfile.sandboxfile').exports`. Version 1:
// nothing of it is taken away or changes its meaning.

import type { Event, Uri } from 'vscode';

export interface SandboxfileApi {
  readonly version: 1;
  /** The sandboxes of the workspace. Empty while the workspace is not trusted. */
  sandboxes(): Promise<readonly SandboxInfo[]>;
  /** `sandboxes` may have another answer now. */
  readonly onDidChange: Event<void>;
  /**
   * Runs a program in a sandbox to its end. A sandbox that does not run is started when the user has
   * agreed to it; otherwise this rejects. Of the output at most 64 KiB are kept.
   */
  exec(sandbox: SandboxId, command: string, signal?: AbortSignal): Promise<ExecResult>;
}

export interface SandboxId {
  /** The Sandboxfile. */
  readonly file: Uri;
  readonly name: string;
}

export interface SandboxInfo extends SandboxId {
  /** A paused one counts as running, a saved one as stopped. */
  readonly state: 'stopped' | 'starting' | 'running' | 'stopping' | 'failed';
  readonly isPaused: boolean;
  readonly isSaved: boolean;
  readonly scripts: readonly string[];
}

export interface ExecResult {
  readonly exitCode: number;
  /** stdout and stderr in order of arrival. */
  readonly output: string;
}
