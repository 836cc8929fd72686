// Bytes between guest and host, and between guests, against QEMU's own user network.

import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import path from 'node:path';
import type { Engine, Project, Sandbox } from '../../../server/engine/index.ts';
import { KeptPool } from '../../support/pool.ts';
import { processesOf, residentBytes } from '../../support/processes.ts';
import { finish } from '../../support/programs.ts';
import { quantile } from '../../support/statistics.ts';
import { makeTemplate } from '../../support/templates.ts';
import type { Bench } from '../bench.ts';
import { absolute, compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { userNetworkQemu } from '../floor/user-network.ts';
import { assetsWithoutJail } from '../../support/without-jail.ts';

const rounds = 6;
const startRounds = 15;
/** Fewer: each has guests made first. */
const poolRounds = 8;
const memoryMib = 128;
const members = Array.from({ length: 10 }, (_, index) => `member${index}`);
const block = 256 << 10;
const blocks = 256;
const bytes = block * blocks;
const mebibyte = 2 ** 20;
/** The host's loopback, in both networks. */
const hostAddress = '198.19.0.2';
const peerPort = 7000;
/** A guest that cannot connect is a failed measurement, not a wait. */
const connectMs = 60_000;
const atLeast = (limit: number) => ({ limit, direction: 'at least' }) as const;
const atMost = (limit: number) => ({ limit, direction: 'at most' }) as const;

const box = (name: string, more: string): string =>
  `  ${name}: {image: 'builtin:busybox', memory: ${memoryMib}, ${more}}\n`;
const line = "scripts: {start: 'echo first line'}";
const sandboxfile = `groups: {g: }
sandboxes:
${members.map((name) => box(name, 'scope: any, groups: {g: }')).join('')}${box('alone', `scope: none, ${line}`)}${box('connected', `scope: any, ${line}`)}${box('equipped', `scope: any, volumes: ['./one:/one', './two:/two'], ${line}`)}`;

export async function network(bench: Bench): Promise<readonly Figure[]> {
  const root = path.join(bench.place.root, 'network');
  await mkdir(path.join(root, 'one'), { recursive: true });
  await mkdir(path.join(root, 'two'));
  await writeFile(path.join(root, 'Sandboxfile'), sandboxfile);
  const user = bench.openEngine({
    assets: await assetsWithoutJail(path.join(root, 'assets')),
    vmm: await userNetworkQemu(root),
    templates: false,
  });
  return [
    ...(await throughput(bench, user, root)),
    await memory(bench, root),
    ...(await startCosts(bench, root)),
  ];
}

async function throughput(bench: Bench, user: Engine, root: string): Promise<readonly Figure[]> {
  const [first = '', second = '', third = ''] = members;
  const ours = await bench.engine.openProject({ root });
  const floor = await user.openProject({ root });
  await using _stopped = stopped(ours, floor);
  const [a, b] = [await ours.start(first, { idle: true }), await ours.start(second, { idle: true })];
  const c = await floor.start(third, { idle: true });
  // The product's device asks and answers nothing by itself; that network finds a guest by its ARP only.
  await succeeded(finish(await c.exec('ip', { args: ['link', 'set', 'eth0', 'arp', 'on'] })));
  const rates = {
    out: [] as number[],
    in: [] as number[],
    floorOut: [] as number[],
    floorIn: [] as number[],
    peer: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const measured = {
      out: await hostRate(a, 'out'),
      floorOut: await hostRate(c, 'out'),
      in: await hostRate(a, 'in'),
      floorIn: await hostRate(c, 'in'),
      peer: await peerRate(a, b, second),
    };
    if (round < 0) continue;
    for (const way of ['out', 'floorOut', 'in', 'floorIn', 'peer'] as const) rates[way].push(measured[way]);
  }
  return [
    compared('network, guest to host', 'MB/s', 'p50', rates.out, rates.floorOut, atLeast(1)),
    compared('network, host to guest', 'MB/s', 'p50', rates.in, rates.floorIn, atLeast(1)),
    compared(
      'network, sandbox to sandbox / guest to host',
      'MB/s',
      'p50',
      rates.peer,
      rates.out,
      atLeast(0.7),
    ),
  ];
}

/** One connection that the guest makes, and whose one end the guest's program is. */
async function hostRate(sandbox: Sandbox, way: 'in' | 'out'): Promise<number> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const [source, sink] = ['if=/dev/zero', 'of=/dev/null'];
    const connected = once(server, 'connection', { signal: AbortSignal.timeout(connectMs) }) as Promise<
      [Socket]
    >;
    const end = way === 'out' ? source : sink;
    const program = finish(await netcat(sandbox, hostAddress, portOf(server), end));
    const [socket] = await connected;
    const began = performance.now();
    await (way === 'out' ? receive(socket) : send(socket));
    const rate = megabytesPerSecond(performance.now() - began);
    await succeeded(program);
    return rate;
  } finally {
    server.close();
  }
}

/** By the clock of the receiver, whose program begins with the connection, as the host's measurement does. */
async function peerRate(from: Sandbox, to: Sandbox, name: string): Promise<number> {
  const server = await to.exec('nc', {
    args: [
      '-l',
      '-p',
      String(peerPort),
      '-e',
      'sh',
      '-c',
      `time -f %e dd of=/dev/null bs=${block} 2>/tmp/took`,
    ],
  });
  const served = finish(server);
  await listening(to);
  await succeeded(finish(await netcat(from, name, peerPort, 'if=/dev/zero')));
  await served;
  const { stdout } = await finish(await to.exec('cat', { args: ['/tmp/took'] }));
  const [, seconds] = /^(\d+\.\d+)$/m.exec(stdout) ?? [];
  if (seconds === undefined) throw new Error(`no time was taken: ${stdout}`);
  return megabytesPerSecond(Number(seconds) * 1000);
}

/** Asks until the port is listened on: nothing tells. */
async function listening(sandbox: Sandbox): Promise<void> {
  const state = `until grep -q ":${peerPort.toString(16).toUpperCase()} .* 0A " /proc/net/tcp /proc/net/tcp6; do usleep 10000; done`;
  await succeeded(finish(await sandbox.exec('sh', { args: ['-c', state] })));
}

function netcat(sandbox: Sandbox, host: string, port: number, end: string): ReturnType<Sandbox['exec']> {
  return sandbox.exec('nc', {
    args: [
      host,
      String(port),
      '-e',
      'dd',
      end,
      `bs=${block}`,
      `count=${end.startsWith('if') ? blocks : 1e9}`,
    ],
  });
}

async function receive(socket: Socket): Promise<void> {
  let received = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) received += chunk.length;
  socket.destroy();
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes arrived`);
}

async function send(socket: Socket): Promise<void> {
  const chunk = Buffer.alloc(block);
  for (let sent = 0; sent < bytes; sent += block) if (!socket.write(chunk)) await once(socket, 'drain');
  socket.end();
  socket.resume();
  await once(socket, 'close');
}

async function memory(bench: Bench, root: string): Promise<Figure> {
  const project = await bench.engine.openProject({ root });
  await using _stopped = stopped(project);
  await Promise.all(members.map((name) => project.start(name, { idle: true })));
  const gateway = (await processesOf(bench.place.home)).find(({ command }) => / net \S+$/.test(command));
  if (gateway === undefined) throw new Error('there is no gateway');
  return absolute(
    'gateway of 10 sandboxes',
    'MiB',
    [(await residentBytes(gateway.pid)) / mebibyte],
    atMost(40),
  );
}

/** What a device and an address cost a start, without a pool, as of `msb` alone, and from one, as an editor keeps it. */
async function startCosts(bench: Bench, root: string): Promise<readonly Figure[]> {
  await makeTemplate(bench.place.home, memoryMib);
  await makeTemplate(bench.place.home, memoryMib, { network: true });
  const cloned = await startTimes(bench, root, startRounds);
  using plain = new KeptPool(bench.place.home, 1, memoryMib);
  using networked = new KeptPool(bench.place.home, 1, memoryMib, { network: true });
  const pooled = await startTimes(bench, root, poolRounds, async () => {
    await plain.ready(1);
    await networked.ready(1);
  });
  return [...added('a start', cloned), ...added('a pool start', pooled)];
}

type StartTimes = Readonly<Record<'alone' | 'connected' | 'equipped', number[]>>;

/** Rounds alternate, so that the machine's load falls on all. */
async function startTimes(
  bench: Bench,
  root: string,
  rounds: number,
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<StartTimes> {
  const times: StartTimes = { alone: [], connected: [], equipped: [] };
  for (let round = -2; round < rounds; round++) {
    for (const name of ['alone', 'connected', 'equipped'] as const) {
      await ready();
      const took = await firstOutput(bench.engine, root, name);
      if (round >= 0) times[name].push(took);
    }
  }
  return times;
}

function added(what: string, times: StartTimes): readonly Figure[] {
  const base = quantile(times.alone, 0.5);
  const more = (name: 'connected' | 'equipped'): number[] => [quantile(times[name], 0.5) - base];
  return [
    absolute(`network, added to ${what}`, 'ms', more('connected'), atMost(30)),
    absolute(`network and two volumes, added to ${what}`, 'ms', more('equipped'), atMost(30)),
  ];
}

async function firstOutput(engine: Engine, root: string, name: string): Promise<number> {
  const began = performance.now();
  const project = await engine.openProject({ root });
  const { program, sandbox } = await project.run(name);
  let first: number | undefined;
  for await (const { stream } of program.output) if (stream === 'stdout') first ??= performance.now() - began;
  await sandbox.ended;
  await project.close();
  if (first === undefined) throw new Error('the script printed nothing');
  return first;
}

function stopped(...projects: readonly Project[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const project of projects) {
        await project.stop(undefined, { graceMs: 0 });
        await project.close();
      }
    },
  };
}

async function succeeded(program: ReturnType<typeof finish>): Promise<void> {
  const { status, stderr } = await program;
  if (status.code !== 0) throw new Error(`a program ended with ${status.code}: ${stderr}`);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function megabytesPerSecond(milliseconds: number): number {
  return bytes / 1000 / milliseconds;
}
