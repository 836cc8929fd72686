import type { Program, Sandbox } from '../../../server/engine/index.ts';
import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { RawPort } from '../floor/raw-port.ts';
import { timed } from '../../support/statistics.ts';

const rounds = 8;
const bytes = 64 << 20;
const block = new Uint8Array(256 << 10).fill(0x61);
const bar = { limit: 0.6, direction: 'at least' } as const;

/** Bytes through a program's stdout and stdin, against the bare port. */
export async function bulk(bench: Bench): Promise<readonly Figure[]> {
  await using vm = await bench.startFloor();
  const sandbox = await bench.startIdle();
  const port = new RawPort(vm.port);
  const rates = {
    out: [] as number[],
    floorOut: [] as number[],
    in: [] as number[],
    floorIn: [] as number[],
  };
  for (let round = -1; round < rounds; round++) {
    const times = {
      out: await timed(() => stdout(sandbox)),
      floorOut: await timed(() => port.bulkOut(bytes)),
      in: await timed(() => stdin(sandbox)),
      floorIn: await timed(() => port.bulkIn(bytes, block)),
    };
    if (round < 0) continue;
    for (const way of ['out', 'floorOut', 'in', 'floorIn'] as const)
      rates[way].push(megabytesPerSecond(times[way]));
  }
  await sandbox.stop({ graceMs: 0 });
  return [
    compared('bulk stdout', 'MB/s', 'p50', rates.out, rates.floorOut, bar),
    compared('bulk stdin', 'MB/s', 'p50', rates.in, rates.floorIn, bar),
  ];
}

async function stdout(sandbox: Sandbox): Promise<void> {
  const blocks = String(bytes / block.length);
  const program = await sandbox.exec('dd', {
    args: ['if=/dev/zero', `bs=${block.length}`, `count=${blocks}`],
  });
  let received = 0;
  for await (const { stream, data } of program.output) if (stream === 'stdout') received += data.length;
  await succeeded(program);
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came out`);
}

async function stdin(sandbox: Sandbox): Promise<void> {
  const program = await sandbox.exec('dd', { args: ['of=/dev/null', `bs=${block.length}`], stdin: 'stream' });
  const drained = drain(program);
  for (let sent = 0; sent < bytes; sent += block.length) await program.write(block);
  await program.end();
  await drained;
  await succeeded(program);
}

async function drain(program: Program): Promise<void> {
  const chunks = program.output[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}

async function succeeded(program: Program): Promise<void> {
  const { code } = await program.exit;
  if (code !== 0) throw new Error(`dd ended with ${code}`);
}

function megabytesPerSecond(milliseconds: number): number {
  return bytes / 1000 / milliseconds;
}
