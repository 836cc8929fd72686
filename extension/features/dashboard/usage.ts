import type { GuestStats } from '../../../server/engine/api.ts';
import type { Usage } from './messages.ts';

/** What has to be remembered of a sample to tell rates with the next. */
export interface Sample {
  readonly stats: GuestStats;
  readonly atMs: number;
}

const SHOWN_PROCESSES = 12;
const LONGEST_COMMAND = 200;

/** Usage between two samples of a guest; without an earlier one since it booted. */
export function usageOf(now: Sample, before: Sample | undefined): Usage {
  const { stats } = now;
  // A smaller uptime is another run.
  const last = before !== undefined && before.stats.uptimeMs <= stats.uptimeMs ? before : undefined;
  const busy = stats.cpuBusyMs - (last?.stats.cpuBusyMs ?? 0);
  const elapsed = last === undefined ? stats.uptimeMs : now.atMs - last.atMs;
  const seconds = Math.max(elapsed, 1) / 1000;
  const rate = (of: 'received' | 'sent'): number => {
    return Math.max(0, (sum(stats, of) - (last === undefined ? 0 : sum(last.stats, of))) / seconds);
  };
  return {
    cpu: Math.max(0, (busy / Math.max(elapsed, 1)) * 100),
    memory: { used: stats.memoryTotal - stats.memoryAvailable, total: stats.memoryTotal },
    disk: { used: stats.diskUsed, total: stats.diskTotal },
    network: { received: rate('received'), sent: rate('sent') },
    processes: [...stats.processes]
      .sort((a, b) => b.memory - a.memory)
      .slice(0, SHOWN_PROCESSES)
      .map(({ pid, command, memory, cpuMs }) => {
        return { pid, command: command.slice(0, LONGEST_COMMAND), memory, cpuMs };
      }),
    processCount: stats.processCount,
  };
}

function sum({ networks }: GuestStats, of: 'received' | 'sent'): number {
  return networks.reduce((total, network) => total + network[of], 0);
}
