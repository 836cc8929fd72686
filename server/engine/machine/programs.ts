import { createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import { ProcessService } from './gen/menv/agent/v1/agent_pb.js';
import type { ExecResponse, ProcessInfo } from './gen/menv/agent/v1/agent_pb.js';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ExecRequestSchema, ProcessSpecSchema } from './gen/menv/agent/v1/agent_pb.js';
import type { ExitStatus, OutputChunk, Program, RunningProgram, WindowSize } from '../api.ts';
import { deferred } from '../deferred.ts';
import { SandboxError } from '../errors/index.ts';
import { callOptions, fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { Outbox, pieces } from './outbox.ts';

export type ProgramSpec = MessageInitShape<typeof ProcessSpecSchema>;

/** The guest's ProcessService as the engine uses it. */
export class Programs {
  readonly #client: Client<typeof ProcessService>;
  readonly #sandbox: string;

  constructor(connection: Connection, sandbox: string) {
    this.#client = createClient(ProcessService, connection.transport);
    this.#sandbox = sandbox;
  }

  start(spec: ProgramSpec, signal?: AbortSignal): Promise<AttachedProgram> {
    return this.#open({ kind: { case: 'start', value: spec } }, signal);
  }

  attach(id: string, replayBytes: number, signal?: AbortSignal): Promise<AttachedProgram> {
    return this.#open({ kind: { case: 'attach', value: { id, replayBytes } } }, signal);
  }

  async list(signal?: AbortSignal): Promise<readonly RunningProgram[]> {
    try {
      const { processes } = await this.#client.listProcesses({}, callOptions(CALL_DEADLINE_MS, signal));
      return processes.map(runningProgram);
    } catch (error) {
      throw fromRpc(error, this.#sandbox, signal);
    }
  }

  async #open(
    first: MessageInitShape<typeof ExecRequestSchema>,
    signal?: AbortSignal,
  ): Promise<AttachedProgram> {
    signal?.throwIfAborted();
    const abort = new AbortController();
    const onAbort = (): void => {
      abort.abort(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const requests = new Outbox<MessageInitShape<typeof ExecRequestSchema>>();
    try {
      const sent = requests.send(first);
      sent.catch(() => undefined);
      const responses = this.#client.exec(requests, { signal: abort.signal })[Symbol.asyncIterator]();
      const answer = await responses.next();
      const started = answer.done === true ? undefined : answer.value.kind;
      if (started?.case !== 'started') throw new SandboxError('PROTOCOL', { subject: this.#sandbox });
      const { id } = started.value;
      return new AttachedProgram({
        id,
        client: this.#client,
        sandbox: this.#sandbox,
        requests,
        responses,
        abort,
      });
    } catch (error) {
      const failure = fromRpc(error, this.#sandbox, signal);
      requests.fail(new Error('the program did not start'));
      abort.abort();
      throw failure;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** Calls that the guest answers from memory. */
export const CALL_DEADLINE_MS = 10_000;

interface Stream {
  readonly id: string;
  readonly sandbox: string;
  readonly client: Client<typeof ProcessService>;
  readonly requests: Outbox<MessageInitShape<typeof ExecRequestSchema>>;
  readonly responses: AsyncIterator<ExecResponse>;
  readonly abort: AbortController;
}

export class AttachedProgram implements Program {
  readonly output: AsyncIterable<OutputChunk>;
  readonly exit: Promise<ExitStatus>;
  readonly #stream: Stream;
  readonly #settle = deferred<ExitStatus>();
  #detached = false;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.exit = this.#settle.promise;
    // Who only reads the output sees the failure there.
    this.exit.catch(() => undefined);
    this.output = this.#read();
  }

  get id(): string {
    return this.#stream.id;
  }

  async write(data: Uint8Array): Promise<void> {
    for (const value of pieces(data)) {
      await this.#stream.requests.send({ kind: { case: 'stdin', value } });
    }
  }

  async end(): Promise<void> {
    await this.#stream.requests.send({ kind: { case: 'stdinEnd', value: {} } });
  }

  async resize(size: WindowSize): Promise<void> {
    await this.#call((options) => this.#stream.client.resize({ id: this.id, size }, options));
  }

  async kill(signal: number): Promise<void> {
    await this.#call((options) => this.#stream.client.signal({ id: this.id, signal, group: true }, options));
  }

  detach(): void {
    this.#detach(new DOMException('detached from the program', 'AbortError'));
  }

  /** For the rest of the program's life; its output and exit reject with the signal's reason. */
  detachOn(signal: AbortSignal): void {
    const detach = (): void => {
      this.#detach(signal.reason);
    };
    if (signal.aborted) detach();
    signal.addEventListener('abort', detach, { once: true });
    const forget = (): void => {
      signal.removeEventListener('abort', detach);
    };
    this.exit.then(forget, forget);
  }

  #detach(reason: unknown): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#stream.requests.fail(reason instanceof Error ? reason : new Error(String(reason)));
    this.#stream.abort.abort(reason);
    this.#settle.reject(reason);
  }

  async *#read(): AsyncGenerator<OutputChunk, void, undefined> {
    try {
      for (;;) {
        const next = await this.#stream.responses.next();
        if (next.done === true) throw new SandboxError('STOPPED', { subject: this.#stream.sandbox });
        const { kind } = next.value;
        if (kind.case === 'stdout' || kind.case === 'stderr') {
          yield { stream: kind.case, data: kind.value };
        } else if (kind.case === 'exited') {
          this.#finish(kind.value);
          return;
        }
      }
    } catch (error) {
      const reason = fromRpc(error, this.#stream.sandbox, this.#stream.abort.signal);
      this.#stream.requests.fail(reason instanceof Error ? reason : new Error(String(reason)));
      this.#settle.reject(reason);
      throw reason;
    }
  }

  #finish(status: ExitStatus): void {
    const { code, signal, outOfMemory } = status;
    this.#settle.resolve({ code, signal, outOfMemory });
    // The program reads no more; writers that come late learn it.
    this.#stream.requests.fail(new Error('the program has ended'));
    void this.#stream.responses.next().catch(() => undefined);
  }

  async #call(call: (options: { timeoutMs?: number }) => Promise<unknown>): Promise<void> {
    try {
      await call({ timeoutMs: CALL_DEADLINE_MS });
    } catch (error) {
      throw fromRpc(error, this.#stream.sandbox);
    }
  }
}

function runningProgram(info: ProcessInfo): RunningProgram {
  const { id, pid, program, args, tty, clients, startedUnixNanos, exited } = info;
  const common = {
    id,
    pid,
    program,
    args,
    tty,
    clients,
    startedAt: new Date(Number(startedUnixNanos / 1_000_000n)),
  };
  if (exited === undefined) return common;
  return { ...common, exited: { code: exited.code, signal: exited.signal, outOfMemory: exited.outOfMemory } };
}
