export interface GuestStats {
  readonly uptimeMs: number;
  readonly cpuBusyMs: number;
  readonly cpuIdleMs: number;
  readonly memoryTotal: number;
  readonly memoryAvailable: number;
  readonly diskTotal: number;
  readonly diskUsed: number;
  readonly networks: readonly { readonly name: string; readonly received: number; readonly sent: number }[];
  readonly processes: readonly {
    readonly pid: number;
    readonly parent: number;
    readonly command: string;
    readonly cpuMs: number;
    readonly memory: number;
    readonly state: string;
  }[];
  readonly processCount: number;
  readonly agentMemory: number;
}
