// Bringing in a Debian with Python, from a layout and from a registry, against what else unpacks it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../../scripts/build/command.ts';
import { CountingProxy } from '../../support/counting-proxy.ts';
import { ImageRegistry } from '../../support/image-registry.ts';
import { buildImage } from '../../support/images/build.ts';
import { python } from '../../support/images/recipes.ts';
import { absolute, compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { Layout } from '../images/layout.ts';
import { resolveImage } from '../images/menv.ts';

const rounds = 5;
const mebibyte = 2 ** 20;
const atMost = (limit: number) => ({ limit, direction: 'at most' }) as const;

export async function images(): Promise<readonly Figure[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'images-'));
  try {
    const layout = await Layout.open(await buildImage(python));
    await using registry = await ImageRegistry.start(path.join(scratch, 'registry'));
    const pushed = `${registry.host}/python:latest`;
    const source = `oci:${layout.folder}:latest`;
    await run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', source, `docker://${pushed}`]);
    return [...(await imports(layout, pushed, scratch)), await secondPull(registry, scratch)];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function imports(layout: Layout, pushed: string, scratch: string): Promise<readonly Figure[]> {
  const times = { ours: [] as number[], pull: [] as number[], gunzip: [] as number[], umoci: [] as number[] };
  const memory: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const gunzip = await layout.gunzipMs();
    const imported = await bring(scratch, `${layout.folder}#latest`);
    const pulled = await bring(scratch, pushed);
    const umoci = await layout.umociMs(scratch);
    if (round < 0) continue;
    times.gunzip.push(gunzip);
    times.ours.push(imported.milliseconds);
    times.pull.push(pulled.milliseconds);
    times.umoci.push(umoci);
    memory.push(Math.max(imported.peakBytes, pulled.peakBytes) / mebibyte);
  }
  const rates = (milliseconds: readonly number[]): readonly number[] =>
    milliseconds.map((each) => layout.bytes / 1000 / each);
  return [
    compared('image import, gunzip', 'MB/s', 'p50', rates(times.ours), rates(times.gunzip), {
      limit: 0.5,
      direction: 'at least',
    }),
    compared('image import, umoci unpack', 'ms', 'p50', times.ours, times.umoci, atMost(0.25)),
    compared('image pull, import', 'ms', 'p50', times.pull, times.ours, atMost(1.3)),
    absolute('image import, memory', 'MiB', memory, atMost(256)),
  ];
}

/** Into a new store each time. */
async function bring(scratch: string, reference: string): ReturnType<typeof resolveImage> {
  const store = path.join(scratch, 'store');
  const brought = await resolveImage(store, reference);
  await rm(store, { recursive: true });
  return brought;
}

/** What a registry is asked when the tag has not moved. */
async function secondPull(registry: ImageRegistry, scratch: string): Promise<Figure> {
  await using proxy = await CountingProxy.start(registry.host);
  const store = path.join(scratch, 'again');
  const pull = (): Promise<unknown> =>
    resolveImage(store, `${proxy.host}/python:latest`, ['--pull', 'always']);
  await pull();
  const before = proxy.asked.length;
  await pull();
  const asked = proxy.asked.slice(before).filter((each) => !each.endsWith(' /v2/'));
  const blobs = asked.filter((each) => each.includes('/blobs/'));
  if (blobs.length > 0) throw new Error(`the second pull asked for blobs: ${blobs.join(', ')}`);
  return absolute('second pull, requests', 'requests', [asked.length], atMost(1));
}
