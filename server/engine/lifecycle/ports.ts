import type { PortProtocol, PortRequest, PublishedPort, SandboxPorts } from '../api.ts';
import { hasCode, SandboxError } from '../errors/index.ts';
import { watchListening } from '../machine/listening.ts';
import type { Machine } from '../machine/machine.ts';
import { portFromWire } from '../machine/ports.ts';
import type { SandboxContext } from './context.ts';

const DEADLINE_MS = 5_000;
/** A guest that comes up does not answer. */
const LISTENING_MS = 5_000;

/** The ports of one run. */
export class RunningPorts implements SandboxPorts {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  list(signal?: AbortSignal): Promise<readonly PublishedPort[]> {
    return publishedPorts(this.#machine, signal);
  }

  publish(port: PortRequest, signal?: AbortSignal): Promise<PublishedPort> {
    return this.#machine.publishPort(port, DEADLINE_MS, signal);
  }

  withdraw(host: number, protocol: PortProtocol = 'tcp', signal?: AbortSignal): Promise<void> {
    return this.#machine.withdrawPort(host, protocol, DEADLINE_MS, signal);
  }

  async listening(signal?: AbortSignal): Promise<readonly number[]> {
    const enough = AbortSignal.timeout(LISTENING_MS);
    const either = signal === undefined ? enough : AbortSignal.any([signal, enough]);
    try {
      for await (const ports of this.watchListening(either)) return ports;
    } catch (error) {
      if (!enough.aborted && !hasCode(error, 'PAUSED')) throw error;
    }
    return [];
  }

  watchListening(signal: AbortSignal): AsyncIterable<readonly number[]> {
    return watchListening(this.#machine.connection, this.#machine.sandbox, signal);
  }
}

/** Says where a server is found whose port of the Sandboxfile somebody else has. */
export async function tellMovedPorts({ emit, name }: SandboxContext, machine: Machine): Promise<void> {
  // One that ends at once has a better reason to give.
  const ports = await publishedPorts(machine).catch(() => []);
  for (const { guest, host, wished } of ports) {
    if (wished === undefined) continue;
    const { code, message } = new SandboxError('PORT_TAKEN', {
      subject: String(wished),
      context: `port ${String(guest)} of sandbox '${name}' is at ${String(host)} instead`,
    });
    emit({ kind: 'warning', code, message });
  }
}

async function publishedPorts(machine: Machine, signal?: AbortSignal): Promise<readonly PublishedPort[]> {
  const { state } = await machine.state(DEADLINE_MS, signal);
  return (state?.ports ?? []).map(portFromWire);
}
