import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Port } from '../../sandboxfile/index.ts';

const LOOPBACK = '127.0.0.1';

/** The same ports of the guest at ports of the host that nobody has, and that differ from each other. */
export async function freePorts(
  ports: readonly Port[],
  count: number,
): Promise<readonly (readonly Port[])[]> {
  // All are held until the last one is found: none is found twice.
  await using held = new AsyncDisposableStack();
  const found: Port[][] = [];
  for (let each = 0; each < count; each++) {
    const own: Port[] = [];
    for (const port of ports) own.push({ ...port, host: await hold(port.protocol, held) });
    found.push(own);
  }
  return found;
}

async function hold(protocol: Port['protocol'], held: AsyncDisposableStack): Promise<number> {
  if (protocol === 'udp') {
    const socket = createSocket('udp4').bind(0, LOOPBACK);
    held.defer(() => new Promise<void>((resolve) => socket.close(resolve)));
    await once(socket, 'listening');
    return socket.address().port;
  }
  const server = createServer().listen(0, LOOPBACK);
  held.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
