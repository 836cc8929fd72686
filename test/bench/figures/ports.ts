import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Sandbox } from '../../../server/engine/index.ts';
import { startEchoServer } from '../../support/echo-server.ts';
import { Reader } from '../../support/programs.ts';
import { summarize, timed } from '../../support/statistics.ts';
import type { Bench } from '../bench.ts';
import { absolute, part } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { RawPort } from '../floor/raw-port.ts';

const warmUps = 20;
const rounds = 200;
const guestPort = 7000;
/** As native/cmd/echoserver asks itself. */
const request = Buffer.alloc(128);

/** What a published port adds to a request's median: against the same request made in the guest. */
export async function ports(bench: Bench): Promise<readonly Figure[]> {
  await using vm = await bench.startFloor();
  const link = new RawPort(vm.port);
  const sandbox = await bench.startIdle();
  const [keptInside, freshInside] = await insideTimes(sandbox, bench.place.root);
  const { host } = await sandbox.ports.publish({ guest: guestPort });
  const kept = await open(host);
  const linkTimes: number[] = [];
  const keptTimes = await repeat(
    () => ask(kept),
    async () => linkTimes.push(await timed(() => link.roundTrip())),
  );
  kept.destroy();
  const freshTimes = await repeat(async () => {
    const fresh = await open(host);
    await ask(fresh);
    fresh.destroy();
  });
  await sandbox.stop({ graceMs: 0 });
  const added = (outside: readonly number[], inside: readonly number[]): number =>
    summarize(outside).p50 - summarize(inside).p50;
  return [
    absolute('a published port adds to a request', 'ms', [added(keptTimes, keptInside)], {
      limit: 2,
      direction: 'at most',
    }),
    part('the request', 'ms', keptTimes),
    part('the request, made in the guest', 'ms', keptInside),
    part('a round trip of the bare link', 'ms', linkTimes),
    part('added to one with a connection of its own', 'ms', [added(freshTimes, freshInside)]),
  ];
}

/** Over a kept connection, and with one each. */
async function insideTimes(sandbox: Sandbox, folder: string): Promise<readonly [number[], number[]]> {
  const server = await startEchoServer(sandbox, folder, guestPort, warmUps + rounds);
  const said = await new Reader(server).until(/^up\n.*\n.*\n/);
  const [, kept = '', fresh = ''] = said[0].split('\n');
  return [milliseconds(kept), milliseconds(fresh)];
}

function milliseconds(nanos: string): number[] {
  return nanos
    .split(' ')
    .slice(warmUps)
    .map((text) => Number(text) / 1e6);
}

/** `beside` runs in turn with it. */
async function repeat(once: () => Promise<void>, beside?: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const taken = await timed(once);
    await beside?.();
    if (round >= 0) times.push(taken);
  }
  return times;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket): Promise<void> {
  socket.write(request);
  for (let heard = 0; heard < request.length;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    heard += chunk.length;
  }
}
