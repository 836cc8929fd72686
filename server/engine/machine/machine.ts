import { createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import { fromJson, toJson } from '@bufbuild/protobuf';
import {
  GetStateResponseSchema,
  MachineService,
  MachineStateSchema,
  PublishedPortSchema,
  PublishPortRequestSchema,
  SnapshotInfoSchema,
  WithdrawPortRequestSchema,
} from './gen/menv/machine/v1/machine_pb.js';
import type {
  GetMetricsResponse,
  GetStateResponseJson,
  MachineStateJson,
  SnapshotInfoJson,
} from './gen/menv/machine/v1/machine_pb.js';
import type { PortProtocol, PortRequest, PublishedPort } from '../api.ts';
import { callOptions, fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { GuestFiles } from './guest-files.ts';
import { portFromWire, portToWire, protocolToWire } from './ports.ts';
import { Programs } from './programs.ts';

/** More than the supervisor gives a guest to hold still. */
const HOLD_DEADLINE_MS = 15_000;
/** Large memories and disks are written out before the answer. */
const SNAPSHOT_DEADLINE_MS = 10 * 60_000;

/**
 * One running supervisor and the guest behind it. What it says about itself comes in the wire's JSON
 * form, as `result.json` has it.
 */
export interface SnapshotRequest {
  /** Absolute. */
  readonly folder: string;
  readonly description?: string;
  readonly diskOnly?: boolean;
  readonly transient?: boolean;
  /** The sandbox ends when the snapshot is there, without going on. */
  readonly last?: boolean;
}

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

  async state(deadlineMs: number, signal?: AbortSignal): Promise<GetStateResponseJson> {
    const response = await this.#call(this.#client.getState({}, callOptions(deadlineMs, signal)), signal);
    return toJson(GetStateResponseSchema, response);
  }

  metrics(deadlineMs: number, signal?: AbortSignal): Promise<GetMetricsResponse> {
    return this.#call(this.#client.getMetrics({}, callOptions(deadlineMs, signal)), signal);
  }

  /** Answers when the VM is down and its disk durable. */
  stop(graceMs: number, deadlineMs: number, signal?: AbortSignal): Promise<unknown> {
    return this.#call(this.#client.stop({ graceMs }, callOptions(deadlineMs, signal)), signal);
  }

  /** The guest's processors stand still until `resume`. */
  pause(signal?: AbortSignal): Promise<unknown> {
    return this.#call(this.#client.pause({}, callOptions(HOLD_DEADLINE_MS, signal)), signal);
  }

  resume(signal?: AbortSignal): Promise<unknown> {
    return this.#call(this.#client.resume({}, callOptions(HOLD_DEADLINE_MS, signal)), signal);
  }

  /** Answers when the snapshot is durable; a transient one never is, and is only there for who uses it at once. */
  async snapshot(request: SnapshotRequest, signal?: AbortSignal): Promise<SnapshotInfoJson> {
    const answer = this.#client.snapshot(request, callOptions(SNAPSHOT_DEADLINE_MS, signal));
    const { info } = await this.#call(answer, signal);
    return info === undefined ? {} : toJson(SnapshotInfoSchema, info);
  }

  async publishPort(wish: PortRequest, deadlineMs: number, signal?: AbortSignal): Promise<PublishedPort> {
    const request = fromJson(PublishPortRequestSchema, { port: portToWire(wish) });
    const { port } = await this.#call(
      this.#client.publishPort(request, callOptions(deadlineMs, signal)),
      signal,
    );
    return portFromWire(port === undefined ? {} : toJson(PublishedPortSchema, port));
  }

  async withdrawPort(
    host: number,
    protocol: PortProtocol,
    deadlineMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const request = fromJson(WithdrawPortRequestSchema, { host, protocol: protocolToWire(protocol) });
    await this.#call(this.#client.withdrawPort(request, callOptions(deadlineMs, signal)), signal);
  }

  /** The present state, then each change; ends with the supervisor. */
  async *watch(signal?: AbortSignal): AsyncGenerator<MachineStateJson, void, undefined> {
    try {
      for await (const { state } of this.#client.watchState({}, callOptions(undefined, signal))) {
        if (state !== undefined) yield toJson(MachineStateSchema, state);
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
