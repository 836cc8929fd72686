import type * as net from 'node:net';
import type { MachineSpecJson, PoolRequestJson } from './gen/menv/machine/v1/machine_pb.js';
import { openSocket } from './socket.ts';
import { listeningPid, parseReport, reportLines } from './start-report.ts';

export interface PoolStart {
  readonly menv: string;
  /** The pool's socket. */
  readonly socket: string;
  readonly spec: MachineSpecJson;
  readonly sandbox: string;
  /** Called once the spec is on its way: what is done from there on delays nobody. */
  readonly onSent: () => void;
  readonly signal?: AbortSignal | undefined;
}

/** A pool answers in a millisecond, on a busy machine later; one that does not by then is none. */
const CLAIM_DEADLINE_MS = 5_000;
/** As for a supervisor of one's own. */
const START_DEADLINE_MS = 15_000;

/**
 * Has a waiting guest's supervisor live the spec; resolves to its pid when it listens. Undefined when
 * there is no such guest, or it was lost before it listened: whatever it began ended with it.
 */
export async function startFromPool(start: PoolStart): Promise<number | undefined> {
  const pid = await claim(start);
  start.signal?.throwIfAborted();
  return pid;
}

async function claim(start: PoolStart): Promise<number | undefined> {
  const { menv, spec, sandbox, onSent, signal } = start;
  const socket = await openSocket(start.socket, sandbox).catch(() => undefined);
  if (socket === undefined) return undefined;
  const hangUp = (): void => {
    socket.destroy();
  };
  signal?.addEventListener('abort', hangUp, { once: true });
  let deadline = setTimeout(hangUp, CLAIM_DEADLINE_MS);
  try {
    socket.on('error', ignore);
    const next = reportLines(socket);
    send(socket, { menv, claim: { ...guestOf(spec), ...imageOf(spec) } });
    const taken = await next();
    if (taken === undefined || parseReport(taken, sandbox).taken === undefined) return undefined;
    clearTimeout(deadline);
    deadline = setTimeout(hangUp, START_DEADLINE_MS);
    socket.write(`${JSON.stringify(spec)}\n`);
    onSent();
    const line = await next();
    return line === undefined ? undefined : listeningPid(line, sandbox);
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', hangUp);
    socket.destroy();
  }
}

/** What of a spec the guest is made of. */
export function guestOf(spec: MachineSpecJson): MachineSpecJson {
  const { vmm, cpus, memoryMib, kernel, agentDisk, emptyDisk } = spec;
  // Whether it has a network device; which member of a network it will be comes later.
  const network = spec.network === undefined ? undefined : {};
  const guest = { vmm, cpus, memoryMib, kernel, agentDisk, emptyDisk, network };
  return JSON.parse(JSON.stringify(guest)) as MachineSpecJson;
}

/** With it the guest may have rehearsed, once a sandbox of it was started: nothing of an image runs before. */
function imageOf({ rootDisk }: MachineSpecJson): MachineSpecJson {
  return rootDisk === undefined ? {} : { rootDisk };
}

export function send(socket: net.Socket, request: PoolRequestJson): void {
  socket.write(`${JSON.stringify(request)}\n`);
}

function ignore(): void {
  // The end of the lines tells.
}
