// Ports for servers that are started later, or again.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const lowest = 10_000;
/** Where Linux begins by default to choose ports itself. */
const usualEphemeral = 32_768;

/**
 * Below those that the system chooses: until its server is there, and between two of them, no connection and
 * nobody who listens at port 0 gets it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, Math.max(lowest + 1000, firstEphemeral()));
    const server = createServer();
    try {
      server.listen(port);
      await once(server, 'listening');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

function firstEphemeral(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t')[0]);
  } catch {
    return usualEphemeral;
  }
}
