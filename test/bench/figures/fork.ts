// Many copies at once of a sandbox in which a Python process has worked, by one call.

import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Project, Sandbox } from '../../../server/engine/index.ts';
import { buildImage } from '../../support/images/build.ts';
import { python } from '../../support/images/recipes.ts';
import { cpuTicks, proportionalBytes } from '../../support/processes.ts';
import { makeTemplate } from '../../support/templates.ts';
import type { Bench } from '../bench.ts';
import { absolute, part } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { now } from './starts.ts';
import { stepParts, stepsOfRunning } from './steps.ts';
import type { Steps } from './steps.ts';

const count = 50;
const memoryMib = 256;
const mebibyte = 2 ** 20;
const ticksPerSecond = 100;
const atMost = (limit: number) => ({ limit, direction: 'at most' }) as const;

/** Has modules and data in its memory, and then waits. */
const program = `
import collections, hashlib, json, re, sys, threading
data = [json.dumps({'n': n, 'sum': hashlib.sha256(str(n).encode()).hexdigest()}) for n in range(20000)]
print('warm', len(data), flush=True)
sys.stdin.read()
`;

export async function fork(bench: Bench): Promise<readonly Figure[]> {
  const root = path.join(bench.place.root, 'fork');
  await mkdir(root);
  const image = `${await buildImage(python)}#latest`;
  await writeFile(
    path.join(root, 'Sandboxfile'),
    `sandboxes:\n  box:\n    image: ${JSON.stringify(image)}\n    memory: ${memoryMib}\n    scope: none\n`,
  );
  await makeTemplate(bench.place.home, memoryMib);
  const project = await bench.engine.openProject({ root });
  try {
    await warm(await project.start('box', { idle: true }));
    return await measure(bench, project, root);
  } finally {
    await project.stop(undefined, { graceMs: 0 });
    await project.close();
  }
}

async function measure(bench: Bench, project: Project, root: string): Promise<readonly Figure[]> {
  const called = now();
  let saved = called;
  using _listening = bench.engine.onEvent((event) => {
    if (event.kind === 'fork' && event.stage === 'starting' && event.done === 0) saved = now();
  });
  const forks = await project.fork('box', { count });
  const took = now() - called;
  const running = await project.status(forks.map(({ name }) => name));
  const used = await Promise.all(
    running.map(async ({ supervisorPid, vmmPid }) => {
      const ticks = [await cpuTicks(supervisorPid ?? 0), await cpuTicks(vmmPid ?? 0)];
      return (ticks.reduce((sum, each) => sum + each, 0) * 1000) / ticksPerSecond;
    }),
  );
  const memory = (pids: readonly (number | undefined)[]): Promise<readonly number[]> =>
    Promise.all(pids.map(async (pid) => (await proportionalBytes(pid ?? 0)) / mebibyte));
  const starts: Steps[] = [];
  for (const { name } of forks) {
    starts.push(await stepsOfRunning(bench.place.home, root, name, { called: saved }));
  }
  const disks = await ownBytes(
    root,
    running.map(({ name }) => name),
  );
  return [
    absolute(`${String(count)} forks, each`, 'ms', [took / count], atMost(80)),
    ...stepParts(starts),
    part('processor time, supervisor and VMM', 'ms', used),
    part('copy of memory and disk, once', 'ms', [saved - called]),
    absolute(
      'fork, disk',
      'MiB',
      disks.map((bytes) => bytes / mebibyte),
      atMost(4),
    ),
    part('fork, VMM, PSS', 'MiB', await memory(running.map(({ vmmPid }) => vmmPid))),
    part('fork, supervisor, PSS', 'MiB', await memory(running.map(({ supervisorPid }) => supervisorPid))),
  ];
}

async function warm(sandbox: Sandbox): Promise<void> {
  const started = await sandbox.exec('/usr/bin/python3', {
    args: ['-c', program],
    stdin: 'stream',
    onDetach: 'keep',
  });
  let said = '';
  for await (const { data } of started.output) {
    said += new TextDecoder().decode(data);
    if (said.includes('warm')) break;
  }
  started.detach();
  if (!said.includes('warm')) throw new Error(`Python ended: ${said}`);
}

/** What each fork's disk takes that no other sandbox's shares. */
async function ownBytes(root: string, names: readonly string[]): Promise<readonly number[]> {
  const blockBytes = 512; // of `stat`, whatever the file system's are
  return Promise.all(
    names.map(async (name) => {
      const folder = path.join(root, 'menv/rw/Sandboxfile', name);
      const files = await Promise.all((await readdir(folder)).map((file) => stat(path.join(folder, file))));
      return files
        .filter(({ nlink }) => nlink === 1)
        .reduce((bytes, { blocks }) => bytes + blocks * blockBytes, 0);
    }),
  );
}
