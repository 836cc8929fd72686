import { createClient } from '@connectrpc/connect';
import { fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { PortService } from './gen/menv/agent/v1/port_pb.js';

/** TCP ports on which servers in the guest listen: now, then after each change. */
export async function* watchListening(
  connection: Connection,
  sandbox: string,
  signal: AbortSignal,
): AsyncGenerator<readonly number[], void, undefined> {
  try {
    const client = createClient(PortService, connection.transport);
    for await (const { tcpPorts } of client.watchListening({}, { signal })) yield tcpPorts;
  } catch (error) {
    throw fromRpc(error, sandbox, signal);
  }
}
