import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { concatenated } from '../../support/msb.ts';
import { Reader } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };

// Port 8080 is 1F90 in /proc; 0A is listening.
const echoServer = `nc -ll -p 8080 -e cat &
until grep -q ":1F90 .* 0A " /proc/net/tcp /proc/net/tcp6; do :; done
echo up
wait`;

export function dialling(shared: Shared): void {
  test('a server in the guest is reached, in both directions and to the end', deadline, async () => {
    const server = await shared.sandbox.exec('sh', { args: ['-c', echoServer] });
    await new Reader(server).until(/up/);
    const sent = randomBytes(1_500_000);
    const connections = [0, 1, 2].map(async () => {
      const connection = await shared.sandbox.dial({ tcpPort: 8080 });
      const received: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of connection.incoming) received.push(chunk);
      })();
      for (let at = 0; at < sent.length; at += 100_000)
        await connection.write(sent.subarray(at, at + 100_000));
      await connection.end();
      await reading;
      connection.close();
      return concatenated(received);
    });
    for (const received of await Promise.all(connections)) assert.ok(sent.equals(received));
    await server.kill(9);
  });

  test('where nobody listens it says so', deadline, async () => {
    await assert.rejects(shared.sandbox.dial({ tcpPort: 9 }), { code: 'DIAL', message: /9/ });
    await assert.rejects(shared.sandbox.dial({ unixPath: '/tmp/no.sock' }), {
      code: 'DIAL',
      message: /no\.sock/,
    });
  });
}
