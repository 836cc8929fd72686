import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Sandbox } from '../../../server/engine/index.ts';
import { makeTemplate } from '../../support/templates.ts';
import type { Bench } from '../bench.ts';
import { absolute, compared, part } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { now } from './starts.ts';
import { stepParts, stepsOfRunning } from './steps.ts';
import type { Steps } from './steps.ts';

const rounds = 5;
const mebibyte = 2 ** 20;
/** With what the guest takes for itself about 150 MB. */
const held = 'mount -t tmpfs tmpfs /mnt && head -c 100000000 /dev/urandom > /mnt/held';
const change = 'head -c 1000000 /dev/urandom > /changed && sync';

/**
 * A sandbox of 512 MB that uses 150: the call to the durable snapshot, what of that its programs stand
 * still, back to it until its programs run, against a bare clone, and what each takes of the disk.
 */
export async function snapshot(bench: Bench): Promise<readonly Figure[]> {
  const floor = await bench.makeFloorTemplate();
  await makeTemplate(bench.place.home, bench.snapshotMemory);
  const project = await bench.openProject();
  const name = bench.snapshotName;
  const saving: number[] = [];
  const pauses: number[] = [];
  const restoring: number[] = [];
  const steps: Steps[] = [];
  const clones: number[] = [];
  const sizes: number[] = [];
  const increments: number[] = [];
  await shell(await project.start(name), held);
  for (let round = 0; round < rounds; round++) {
    const before = await taken(bench);
    const began = performance.now();
    const { bytes, pausedMs } = await project.createSnapshot(name, `s${String(round)}`);
    saving.push(performance.now() - began);
    pauses.push(pausedMs);
    if (round === 0) sizes.push(bytes / mebibyte);
    else increments.push((await taken(bench)) - before);
    clones.push(await floor.clone());
    await project.stop([name], { graceMs: 0 });
    const called = now();
    const sandbox = await project.restoreSnapshot(name, `s${String(round)}`);
    const answered = now();
    restoring.push(answered - called);
    const { home, project: root } = bench.place;
    steps.push(await stepsOfRunning(home, root, name, { called, answered }));
    await shell(sandbox, change);
  }
  await project.stop([name], { graceMs: 0 });
  await project.close();
  return [
    absolute('snapshot of 512 MB, 150 used', 'ms', saving, { limit: 1000, direction: 'at most' }),
    absolute('  of it the guest stands still', 'ms', pauses, { limit: 500, direction: 'at most' }),
    compared('restore to its answer, by clone', 'ms', 'p50', restoring, clones, {
      limit: 3,
      direction: 'at most',
    }),
    ...stepParts(steps),
    part('first snapshot on disk', 'MiB', sizes),
    part('each later one, 1 MB changed', 'MiB', increments),
  ];
}

async function shell(sandbox: Sandbox, script: string): Promise<void> {
  const program = await sandbox.exec('sh', { args: ['-c', script], stdin: 'none' });
  const said: Uint8Array[] = [];
  for await (const { data } of program.output) said.push(data);
  const { code } = await program.exit;
  if (code !== 0) throw new Error(`${script}: ${String(code)} ${Buffer.concat(said).toString()}`);
}

/** MiB of all that the project keeps, shared files once. */
async function taken(bench: Bench): Promise<number> {
  const folder = path.join(bench.place.project, 'menv');
  const { stdout } = await promisify(execFile)('du', ['-s', '--block-size=1024', folder]);
  return Number.parseInt(stdout, 10) / 1024;
}
