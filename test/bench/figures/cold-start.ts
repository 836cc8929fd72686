import { startMsb, waitForOutput } from '../../support/msb.ts';
import { once } from 'node:events';
import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';

const rounds = 12;

/** Call or command to the script's first output, against a bare VM to its first line. */
export async function coldStart(bench: Bench): Promise<readonly Figure[]> {
  const floor: number[] = [];
  const engine: number[] = [];
  const msb: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floor.push(await bareVm(bench));
    engine.push(await engineCall(bench));
    msb.push(await msbRun(bench));
  }
  return [
    compared('cold start, engine', 'ms', 'p50', engine, floor, { limit: 1.3, direction: 'at most' }),
    compared('cold start, msb run', 'ms', 'p50', msb, floor, { limit: 1.4, direction: 'at most' }),
  ];
}

async function bareVm(bench: Bench): Promise<number> {
  await using vm = await bench.startFloor();
  return vm.firstLineMs;
}

export async function engineCall(bench: Bench): Promise<number> {
  const started = performance.now();
  const project = await bench.openProject();
  const { program, sandbox } = await project.run('line');
  let first: number | undefined;
  for await (const { stream } of program.output) {
    if (stream === 'stdout') first ??= performance.now() - started;
  }
  await program.exit;
  await sandbox.ended;
  await project.close();
  if (first === undefined) throw new Error('the script printed nothing');
  return first;
}

async function msbRun(bench: Bench): Promise<number> {
  const started = performance.now();
  const child = startMsb(['run', 'line'], { cwd: bench.place.project });
  const closed = once(child, 'close');
  child.stdin.end();
  child.stderr.resume();
  await waitForOutput(child, 'first line\n');
  const first = performance.now() - started;
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`msb run ended with ${code}`);
  return first;
}
