import type { SocketConnection } from './connection.ts';
import type { Machine } from './machine.ts';
import { openSocket } from './socket.ts';

/**
 * Undefined when the sandbox does not run. What speaks to a running one takes longer to load than
 * all else before a start, so it is loaded when there is one.
 */
export async function connectMachine(socketPath: string, sandbox: string): Promise<Machine | undefined> {
  const socket = await openSocket(socketPath, sandbox);
  if (socket === undefined) return undefined;
  // Until somebody listens to it, an error of the socket would end the process.
  socket.on('error', ignore);
  const client = await loadClient();
  socket.off('error', ignore);
  return new client.Machine(new client.SocketConnection(socket), sandbox);
}

/** Called early where a machine is about to be there, so that loading overlaps its start. */
export async function loadClient(): Promise<ClientModules> {
  const [{ SocketConnection }, { Machine }] = await Promise.all([
    import('./connection.ts'),
    import('./machine.ts'),
  ]);
  return { SocketConnection, Machine };
}

interface ClientModules {
  readonly SocketConnection: typeof SocketConnection;
  readonly Machine: typeof Machine;
}

function ignore(): void {
  // The connection made from the socket tells its users.
}
