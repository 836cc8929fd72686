import { createClient } from '@connectrpc/connect';
import { callOptions, fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { ExportService } from './gen/menv/agent/v1/agent_pb.js';

/**
 * What the sandbox has changed of its image, as the tar of a layer. Its programs pause from the first
 * read to the end, or until the reader leaves.
 */
export async function* exportChanges(
  connection: Connection,
  sandbox: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const client = createClient(ExportService, connection.transport);
  // Connect's iterators do not see their reader leave: the call would stay open in the guest.
  const left = new AbortController();
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  try {
    for await (const { data } of client.exportChanges({}, callOptions(undefined, either))) yield data;
  } catch (error) {
    throw fromRpc(error, sandbox, signal);
  } finally {
    left.abort();
  }
}
