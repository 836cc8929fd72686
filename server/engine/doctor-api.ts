// The doctor as the engine's front ends see it; part of api.ts.

/** How one thing that sandboxes depend on is on this machine. */
export interface Finding {
  /** Stable, for programs. */
  readonly id: FindingId;
  readonly title: string;
  /** good; limited: sandboxes run, with less or slower; bad: some or all do not run. */
  readonly state: 'good' | 'limited' | 'bad';
  /** What there is, in one line. */
  readonly found: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do about it; absent when it is good. */
  readonly fix?: string;
  /** What was mended just now, with `fix`. */
  readonly mended?: string;
}

export type FindingId =
  | 'machine'
  | 'parts'
  | 'hypervisor'
  | 'libkrun'
  | 'qemu'
  | 'memory'
  | 'folder'
  | 'space'
  | 'file-system'
  | 'user-namespaces'
  | 'landlock'
  | 'cgroup'
  | 'project'
  | 'ports'
  | 'registries'
  | 'editor';

export interface Diagnosis {
  readonly findings: readonly Finding[];
  /** Nothing is bad. */
  readonly healthy: boolean;
}

export interface DoctorOptions {
  /** Ports and registries of this project are looked at too. A folder without a Sandboxfile has none. */
  readonly project?: { readonly root: string; readonly file?: string };
  /** Boots a guest on the hardware again, whatever came of it last time. */
  readonly probe?: boolean;
  /** Mends what nobody could mind; findings say what was done. */
  readonly fix?: boolean;
  readonly signal?: AbortSignal;
}
