import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../scripts/build/go.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { createEngine } from '../../../server/engine/index.ts';
import type { Sandbox } from '../../../server/engine/index.ts';
import { buildImage } from '../../support/images/build.ts';
import * as recipes from '../../support/images/recipes.ts';
import { Place } from '../../support/place.ts';
import { finish } from '../../support/programs.ts';
import { compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { VirtioFs } from '../floor/virtiofs.ts';
import { assetsWithoutJail } from '../../support/without-jail.ts';

const rounds = 3;
const megabytes = 64;
const files = 10_000;
const tracked = 5_000;
const parts = ['write', 'read', 'create', 'stat', 'open', 'list', 'delete', 'git status'] as const;
type Part = (typeof parts)[number];
/** Rates: more is better, and 0.6 of virtiofsd's is asked for. */
const bar = { limit: 0.6, direction: 'at least' } as const;

/** What programs do to a folder, on a volume and on virtiofs, by turns in one VM. */
export async function volumes(): Promise<readonly Figure[]> {
  await using place = await Place.create();
  const folder = path.join(place.project, 'volume');
  await mkdir(folder);
  await using floor = await VirtioFs.start(path.join(place.root, 'floor'));
  await buildLoad(path.join(folder, 'rawload'));
  for (const each of [folder, floor.folder]) await makeRepository(path.join(each, 'tracked'));
  const image = await buildImage(recipes.git);
  await place.write(
    `sandboxes:\n  box:\n    image: ${image}#latest\n    memory: 1024\n    scope: none\n    volumes: ['${folder}:/volume']\n`,
  );
  const engine = createEngine({
    assets: await assetsWithoutJail(path.join(place.root, 'assets')),
    vmm: floor.vmm,
    templates: false,
  });
  try {
    const project = await engine.openProject({ root: place.project });
    const sandbox = await project.start('box', { idle: true });
    await bash(
      sandbox,
      `mkdir -p /floor /tmp && cp /volume/rawload /tmp && /tmp/rawload mount ${floor.tag} /floor`,
    );
    const times = { '/volume': new Map<Part, number[]>(), '/floor': new Map<Part, number[]>() };
    for (let round = 0; round < rounds; round++)
      for (const mount of ['/floor', '/volume'] as const)
        for (const [part, time] of await measure(sandbox, mount))
          times[mount].set(part, [...(times[mount].get(part) ?? []), time]);
    await sandbox.stop({ graceMs: 0 });
    return parts.map((part) => {
      const rates = (mount: keyof typeof times) =>
        (times[mount].get(part) ?? []).map((time) => amount(part) / time);
      return compared(`volume ${part}`, unit(part), 'p50', rates('/volume'), rates('/floor'), bar);
    });
  } finally {
    await engine.close();
  }
}

/** Milliseconds of each part. */
async function measure(sandbox: Sandbox, mount: string): Promise<readonly (readonly [Part, number])[]> {
  const said = await bash(
    sandbox,
    `mkdir -p ${mount}/load && /tmp/rawload ${mount}/load ${megabytes} ${files}
cd ${mount}/tracked; git -c core.fsmonitor=false status --porcelain
start=$(date +%s%N); git status --porcelain; echo "git status $(($(date +%s%N) - start))"`,
  );
  return parts.map((part) => {
    const found = new RegExp(`^${part} (\\d+)$`, 'm').exec(said)?.[1];
    if (found === undefined) throw new Error(`no ${part} in ${said}`);
    return [part, Number(found) / 1e6] as const;
  });
}

/** In a second: megabytes, or files. */
function amount(part: Part): number {
  if (part === 'write' || part === 'read') return megabytes * 1000;
  return (part === 'git status' ? tracked : files) * 1000;
}

function unit(part: Part): 'MB/s' | 'files/s' {
  return part === 'write' || part === 'read' ? 'MB/s' : 'files/s';
}

async function bash(sandbox: Sandbox, script: string): Promise<string> {
  const environment = { env: ['HOME=/tmp', 'PATH=/usr/bin:/bin:/sbin:/usr/sbin'] };
  const program = await sandbox.exec('/bin/bash', { args: ['-ec', script], ...environment });
  const { status, stdout, stderr } = await finish(program);
  if (status.code !== 0) throw new Error(`${status.code}: ${stdout}${stderr}`);
  return stdout;
}

async function buildLoad(output: string): Promise<void> {
  await (await findGo()).build('./cmd/rawload', output, { goos: 'linux', arch: hostPlatform().arch });
}

async function makeRepository(folder: string): Promise<void> {
  for (let index = 0; index < tracked; index++) {
    const parent = path.join(folder, `d${Math.floor(index / 50)}`);
    if (index % 50 === 0) await mkdir(parent, { recursive: true });
    await writeFile(path.join(parent, `f${index}`), `file ${index}\n`);
  }
  const git = (...args: readonly string[]) => promisify(execFile)('git', args, { cwd: folder });
  await git('init', '-q');
  await git('add', '-A');
  await git('-c', 'user.name=a', '-c', 'user.email=a@example.org', 'commit', '-qm', 'all');
}
