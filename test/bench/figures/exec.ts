import { finish } from '../../support/programs.ts';
import type { Bench } from '../bench.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { RawPort } from '../floor/raw-port.ts';
import { timed } from '../../support/statistics.ts';

const warmUps = 20;
const rounds = 300;

/** `sh -c true` in a running sandbox, against the same by the least agent on a raw port. */
export async function exec(bench: Bench): Promise<readonly Figure[]> {
  await using vm = await bench.startFloor();
  const sandbox = await bench.startIdle();
  const port = new RawPort(vm.port);
  const run = async (): Promise<void> => {
    const { status } = await finish(await sandbox.exec('sh', { args: ['-c', 'true'] }));
    if (status.code !== 0) throw new Error(`sh ended with ${status.code}`);
  };
  const measured: number[] = [];
  const floor: number[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const pair = [await timed(run), await timed(() => port.runShell())] as const;
    if (round < 0) continue;
    measured.push(pair[0]);
    floor.push(pair[1]);
  }
  await sandbox.stop({ graceMs: 0 });
  return [
    compared('exec sh -c true, p50', 'ms', 'p50', measured, floor, { limit: 1.7, direction: 'at most' }),
    compared('exec sh -c true, p95', 'ms', 'p95', measured, floor, { limit: 4, direction: 'at most' }),
  ];
}
