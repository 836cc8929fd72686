// What the dashboard's page is told. Everything in it comes from a guest or a file: text, never markup.

export interface Snapshot {
  readonly sandboxes: readonly SandboxSnapshot[];
  /** The one that the user has asked for just now, by its id. */
  readonly pointed?: string;
}

export interface SandboxSnapshot {
  /** Unique in the workspace. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly isUp: boolean;
  /** Why it failed. */
  readonly reason?: string;
  /** Absent while it does not run. */
  readonly usage?: Usage;
  /** How long each step of the last start took; absent when it was not seen. */
  readonly start?: readonly StartTime[];
}

export interface StartTime {
  readonly step: string;
  readonly ms: number;
}

export interface Usage {
  /** Per cent of one core. */
  readonly cpu: number;
  readonly memory: { readonly used: number; readonly total: number };
  readonly disk: { readonly used: number; readonly total: number };
  /** Bytes a second since the last sample. */
  readonly network: { readonly received: number; readonly sent: number };
  readonly processes: readonly ProcessUsage[];
  readonly processCount: number;
}

export interface ProcessUsage {
  readonly pid: number;
  readonly command: string;
  readonly memory: number;
  readonly cpuMs: number;
}
