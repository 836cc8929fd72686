// What a start waits for its image when that was pulled before, against the built-in image.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Project } from '../../../server/engine/index.ts';
import { ImageRegistry } from '../../support/image-registry.ts';
import { summarize } from '../../support/statistics.ts';
import type { Bench } from '../bench.ts';
import { absolute } from '../figure.ts';
import type { Figure } from '../figure.ts';

const rounds = 12;
/** A file that was just written is not trusted to be unchanged. */
const settledMs = 2500;

export async function imageStart(bench: Bench): Promise<readonly Figure[]> {
  const root = path.join(bench.place.root, 'image-start');
  await mkdir(root);
  await using registry = await ImageRegistry.start(path.join(root, 'registry'));
  await registry.push('busybox:1');
  const sandbox = (name: string, image: string): string =>
    `  ${name}:\n    image: ${image}\n    scope: none\n`;
  await writeFile(
    path.join(root, 'Sandboxfile'),
    `sandboxes:\n${sandbox('builtin', 'builtin:busybox')}${sandbox('pulled', `${registry.host}/busybox:1`)}`,
  );
  const project = await bench.engine.openProject({ root });
  await bootingMs(bench, project, 'pulled');
  await delay(settledMs);
  for (const name of ['builtin', 'pulled']) await bootingMs(bench, project, name);
  const builtin: number[] = [];
  const pulled: number[] = [];
  for (let round = 0; round < rounds; round++) {
    builtin.push(await bootingMs(bench, project, 'builtin'));
    pulled.push(await bootingMs(bench, project, 'pulled'));
  }
  await project.close();
  const floor = summarize(builtin).p50;
  return [
    absolute(
      'start, added by a pulled image',
      'ms',
      pulled.map((each) => each - floor),
      { limit: 5, direction: 'at most' },
    ),
  ];
}

/** From the call until the VM is started; everything behind that is the same for all images. */
async function bootingMs(bench: Bench, project: Project, name: string): Promise<number> {
  let booting: number | undefined;
  const started = performance.now();
  using _ = bench.engine.onEvent((event) => {
    if (event.kind === 'phase' && event.phase === 'booting') booting ??= performance.now() - started;
  });
  const sandbox = await project.start(name);
  await sandbox.stop({ graceMs: 0 });
  if (booting === undefined) throw new Error(`${name} was not booted`);
  return booting;
}
