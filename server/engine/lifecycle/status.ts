import { dirname } from 'node:path';
import { allocatedIn } from '../allocated.ts';
import { hasCode } from '../errors/index.ts';
import type { NetworkCounts, SandboxStatus } from '../api.ts';
import type { PartJson } from '../machine/gen/menv/jail/v1/jail_pb.js';
import type {
  GetMetricsResponse,
  MachineStateJson,
  PhaseJson,
} from '../machine/gen/menv/machine/v1/machine_pb.js';
import type { Counts } from '../machine/gen/menv/network/v1/network_pb.js';
import { portFromWire } from '../machine/ports.ts';
import type { RunRecord } from '../state/history.ts';
import { savedAt } from '../snapshots/saved.ts';
import { answerOf } from './answer.ts';
import type { SandboxContext } from './context.ts';
import { endedRun } from './ended-run.ts';

/** A supervisor that is held still is shown as unresponsive after it and delays nobody. */
const DEADLINE_MS = 500;

/** Looks at sandboxes; remembers processor times to tell the load between two looks. */
export class StatusProbe {
  readonly #samples = new Map<string, CpuSample>();

  async status(contexts: readonly SandboxContext[], signal?: AbortSignal): Promise<readonly SandboxStatus[]> {
    const seen = await Promise.all(
      contexts.map(async (context) => {
        const { forkOf } = context;
        return { ...(await this.#probe(context, signal)), ...(forkOf === undefined ? {} : { forkOf }) };
      }),
    );
    // One database read for all, after the probes have recorded the ends that nobody had seen.
    const runs = (await contexts[0]?.history.lastRuns()) ?? new Map<string, RunRecord>();
    return seen.map((status) => withLastExit(status, runs.get(status.name)));
  }

  async #probe(context: SandboxContext, signal?: AbortSignal): Promise<SandboxStatus> {
    const { name } = context;
    try {
      const machine = await context.runs.connect(context);
      if (machine === undefined) return await stopped(context);
      const [{ state }, metrics] = await answerOf(context.run.lock, DEADLINE_MS, (deadlineMs) =>
        Promise.all([machine.state(deadlineMs, signal), machine.metrics(deadlineMs, signal)]),
      );
      if (state === undefined || state.phase === 'PHASE_ENDED') return { name, state: 'stopped' };
      return this.#running(name, state, metrics);
    } catch (error) {
      if (hasCode(error, 'STOPPED')) return { name, state: 'stopped' };
      if (hasCode(error, 'UNRESPONSIVE')) return { name, state: 'unresponsive' };
      throw error;
    }
  }

  #running(name: string, state: MachineStateJson, metrics: GetMetricsResponse): SandboxStatus {
    const startedAt = new Date(Number(state.history?.[0]?.unixNanos ?? 0) / 1_000_000);
    const cpuMs = Number(metrics.vmmCpuNs / 1_000n) / 1_000;
    const before = this.#samples.get(name);
    const { supervisorPid = 0, vmmPid = 0 } = state;
    const sample = { supervisorPid, at: Date.now(), cpuMs };
    this.#samples.set(name, sample);
    const sameRun = before?.supervisorPid === sample.supervisorPid ? before : undefined;
    const since = sameRun ?? { at: startedAt.getTime(), cpuMs: 0 };
    const elapsed = Math.max(sample.at - since.at, 1);
    return {
      name,
      state: stateName(state.phase),
      supervisorPid,
      ...(vmmPid === 0 ? {} : { vmmPid }),
      cpuPercent: Math.max(0, ((cpuMs - since.cpuMs) / elapsed) * 100),
      memoryBytes: Number(metrics.vmmResidentBytes),
      diskBytes: Number(metrics.diskBytes),
      startedAt,
      origin: originOf(state),
      paused: state.paused ?? false,
      ...(state.paused === true
        ? { pausedAt: new Date(Number(state.pausedUnixNanos ?? 0) / 1_000_000) }
        : {}),
      idle: state.idle ?? false,
      ports: (state.ports ?? []).map(portFromWire),
      jail: jailOf(state.jail),
      networkJail: jailOf(state.networkJail),
      ...(metrics.network === undefined ? {} : { network: countsFromWire(metrics.network) }),
      volumes: metrics.volumes.map(({ host, guest, used, quota }) => ({
        host,
        guest,
        usedBytes: Number(used),
        quotaBytes: Number(quota),
      })),
    };
  }
}

function countsFromWire(counts: Counts): NetworkCounts {
  const { allowed, denied, connections, sessions, limited, secretsUsed, secretsRefused, droppedFrames } =
    counts;
  return {
    allowed: Number(allowed),
    denied: Number(denied),
    connections: Number(connections),
    sessions: Number(sessions),
    limited: Number(limited),
    secretsUsed: Number(secretsUsed),
    secretsRefused: Number(secretsRefused),
    droppedFrames: Object.fromEntries(
      Object.entries(droppedFrames).map(([reason, frames]) => [reason, Number(frames)]),
    ),
  };
}

interface CpuSample {
  readonly supervisorPid: number;
  readonly at: number;
  readonly cpuMs: number;
}

async function stopped(context: SandboxContext): Promise<SandboxStatus> {
  const run = await endedRun(context.run, context.name);
  if (run !== undefined) await context.history.record(context.name, run.record);
  const disk = await allocatedIn(dirname(context.folder.disk(context.name)));
  const size = disk === undefined ? {} : { diskBytes: disk.bytes };
  const saved = await savedAt(context);
  const status = {
    name: context.name,
    state: 'stopped',
    ...size,
    ...(saved === undefined ? {} : { savedAt: saved }),
  } as const;
  // Told even where the history cannot be kept.
  return run === undefined ? status : withLastExit(status, run.record);
}

function withLastExit(status: SandboxStatus, run: RunRecord | undefined): SandboxStatus {
  if (run === undefined) return status;
  const exit = run.status === undefined ? {} : { status: run.status };
  const error = run.error === undefined ? {} : { error: run.error.message };
  return { ...status, lastExit: { at: run.endedAt, ...exit, ...error } };
}

function jailOf(parts: readonly PartJson[] = []): NonNullable<SandboxStatus['jail']> {
  return parts.map(({ name: part = '', off = '' }) => (off === '' ? { part } : { part, off }));
}

function stateName(phase: PhaseJson = 'PHASE_UNSPECIFIED'): SandboxStatus['state'] {
  switch (phase) {
    case 'PHASE_RUNNING':
      return 'running';
    case 'PHASE_STOPPING':
      return 'stopping';
    case 'PHASE_ENDED':
      return 'stopped';
    default:
      return 'starting';
  }
}

function originOf({ cloned, pooled }: MachineStateJson): 'boot' | 'template' | 'pool' {
  if (pooled === true) return 'pool';
  return cloned === true ? 'template' : 'boot';
}
