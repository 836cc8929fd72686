import { createClient } from '@connectrpc/connect';
import { StatsService } from './gen/menv/agent/v1/agent_pb.js';
import type { GetStatsResponse } from './gen/menv/agent/v1/agent_pb.js';
import type { GuestStats } from '../api.ts';
import { fromRpc } from './call.ts';
import type { Connection } from './connection.ts';

const DEADLINE_MS = 5_000;

/** The guest's own counters. */
export async function guestStats(
  connection: Connection,
  sandbox: string,
  maxProcesses: number,
): Promise<GuestStats> {
  try {
    const client = createClient(StatsService, connection.transport);
    return fromWire(await client.getStats({ maxProcesses }, { timeoutMs: DEADLINE_MS }));
  } catch (error) {
    throw fromRpc(error, sandbox);
  }
}

function fromWire(stats: GetStatsResponse): GuestStats {
  return {
    uptimeMs: milliseconds(stats.uptimeNs),
    cpuBusyMs: milliseconds(stats.cpuBusyNs),
    cpuIdleMs: milliseconds(stats.cpuIdleNs),
    memoryTotal: Number(stats.memoryTotalBytes),
    memoryAvailable: Number(stats.memoryAvailableBytes),
    diskTotal: Number(stats.diskTotalBytes),
    diskUsed: Number(stats.diskUsedBytes),
    networks: stats.networks.map(({ name, receivedBytes, sentBytes }) => ({
      name,
      received: Number(receivedBytes),
      sent: Number(sentBytes),
    })),
    processes: stats.processes.map(({ pid, parent, command, cpuNs, memoryBytes, state }) => ({
      pid,
      parent,
      command,
      cpuMs: milliseconds(cpuNs),
      memory: Number(memoryBytes),
      state,
    })),
    processCount: stats.processCount,
    agentMemory: Number(stats.agentMemoryBytes),
  };
}

function milliseconds(nanos: bigint): number {
  return Number(nanos / 1_000n) / 1_000;
}
