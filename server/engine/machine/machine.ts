import { createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import { MachineService } from './gen/menv/machine/v1/machine_pb.js';
import type { GetMetricsResponse, GetStateResponse, MachineState } from './gen/menv/machine/v1/machine_pb.js';
import { callOptions, fromRpc } from './call.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { GuestFiles } from './guest-files.ts';
import { Programs } from './programs.ts';

/** One running supervisor and the guest behind it. */
export class Machine {
  readonly sandbox: string;
  readonly connection: Connection;
  readonly programs: Programs;
  readonly files: GuestFiles;
  readonly #client: Client<typeof MachineService>;

  constructor(connection: Connection, sandbox: string) {
    this.sandbox = sandbox;
    this.connection = connection;
    this.programs = new Programs(connection, sandbox);
    this.files = new GuestFiles(connection, sandbox);
    this.#client = createClient(MachineService, connection.transport);
  }

  state(deadlineMs: number, signal?: AbortSignal): Promise<GetStateResponse> {
    return this.#call(this.#client.getState({}, callOptions(deadlineMs, signal)), signal);
  }

  metrics(deadlineMs: number, signal?: AbortSignal): Promise<GetMetricsResponse> {
    return this.#call(this.#client.getMetrics({}, callOptions(deadlineMs, signal)), signal);
  }

  /** Answers when the VM is down and its disk durable. */
  stop(graceMs: number, deadlineMs: number, signal?: AbortSignal): Promise<unknown> {
    return this.#call(this.#client.stop({ graceMs }, callOptions(deadlineMs, signal)), signal);
  }

  /** The present state, then each change; ends with the supervisor. */
  async *watch(signal?: AbortSignal): AsyncGenerator<MachineState, void, undefined> {
    try {
      for await (const { state } of this.#client.watchState({}, callOptions(undefined, signal))) {
        if (state !== undefined) yield state;
      }
    } catch (error) {
      throw fromRpc(error, this.sandbox, signal);
    }
  }

  close(): void {
    this.connection.close();
  }

  async #call<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw fromRpc(error, this.sandbox, signal);
    }
  }
}

/** Undefined when the sandbox does not run. */
export async function connectMachine(socketPath: string, sandbox: string): Promise<Machine | undefined> {
  const connection = await connect(socketPath, sandbox);
  return connection === undefined ? undefined : new Machine(connection, sandbox);
}
