import { createClient } from '@connectrpc/connect';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { DialService } from './gen/menv/agent/v1/agent_pb.js';
import type { DialRequestSchema, DialResponse } from './gen/menv/agent/v1/agent_pb.js';
import type { GuestConnection } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import { fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { Outbox, pieces } from './outbox.ts';

export type DialTarget = { readonly tcpPort: number } | { readonly unixPath: string };

/** A byte stream to a server inside the guest. */
export async function dial(
  connection: Connection,
  sandbox: string,
  target: DialTarget,
  signal?: AbortSignal,
): Promise<GuestConnection> {
  signal?.throwIfAborted();
  const abort = new AbortController();
  const onAbort = (): void => {
    abort.abort(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  const requests = new Outbox<DialMessage>();
  try {
    requests.send({ kind: { case: 'target', value: { address: address(target) } } }).catch(() => undefined);
    const client = createClient(DialService, connection.transport);
    const responses = client.dial(requests, { signal: abort.signal })[Symbol.asyncIterator]();
    const answer = await responses.next();
    if (answer.done === true || answer.value.kind.case !== 'connected') {
      throw new SandboxError('PROTOCOL', { subject: sandbox });
    }
    return new DialedConnection(sandbox, requests, responses, abort);
  } catch (error) {
    const failure = fromRpc(error, sandbox, signal);
    requests.fail(new Error('not connected'));
    abort.abort();
    throw failure;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

type DialMessage = MessageInitShape<typeof DialRequestSchema>;

class DialedConnection implements GuestConnection {
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #sandbox: string;
  readonly #requests: Outbox<DialMessage>;
  readonly #responses: AsyncIterator<DialResponse>;
  readonly #abort: AbortController;

  constructor(
    sandbox: string,
    requests: Outbox<DialMessage>,
    responses: AsyncIterator<DialResponse>,
    abort: AbortController,
  ) {
    this.#sandbox = sandbox;
    this.#requests = requests;
    this.#responses = responses;
    this.#abort = abort;
    this.incoming = this.#read();
  }

  async write(data: Uint8Array): Promise<void> {
    for (const value of pieces(data)) await this.#requests.send({ kind: { case: 'data', value } });
  }

  async end(): Promise<void> {
    await this.#requests.send({ kind: { case: 'end', value: {} } });
  }

  close(): void {
    const reason = new DOMException('connection closed', 'AbortError');
    this.#requests.fail(reason);
    this.#abort.abort(reason);
  }

  /** After the server's end it may still be written to, until the call ends. */
  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    let half = false;
    try {
      for (;;) {
        const next = await this.#responses.next();
        if (next.done === true) return;
        const { kind } = next.value;
        if (kind.case === 'data') yield kind.value;
        half = kind.case === 'end';
        if (half) return;
      }
    } catch (error) {
      throw fromRpc(error, this.#sandbox, this.#abort.signal);
    } finally {
      if (half) void this.#responses.next().then(this.#ended, this.#ended);
      else this.#ended();
    }
  }

  readonly #ended = (): void => {
    this.#requests.fail(new Error('the connection has ended'));
  };
}

function address(
  target: DialTarget,
): { case: 'tcpPort'; value: number } | { case: 'unixPath'; value: string } {
  return 'tcpPort' in target
    ? { case: 'tcpPort', value: target.tcpPort }
    : { case: 'unixPath', value: target.unixPath };
}
