// An OCI layout's layers, and what others do with them.

import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../../scripts/build/command.ts';
import { timed } from '../../support/statistics.ts';
import { createGunzip } from 'node:zlib';

interface Descriptor {
  readonly digest: string;
}

export class Layout {
  readonly folder: string;
  readonly layers: readonly string[];
  /** Uncompressed content of all layers. */
  readonly bytes: number;

  private constructor(folder: string, layers: readonly string[], bytes: number) {
    this.folder = folder;
    this.layers = layers;
    this.bytes = bytes;
  }

  static async open(folder: string): Promise<Layout> {
    const blob = (digest: string): string => path.join(folder, 'blobs', digest.replace(':', '/'));
    const index = JSON.parse(await readFile(path.join(folder, 'index.json'), 'utf8')) as {
      readonly manifests: readonly Descriptor[];
    };
    const [first] = index.manifests;
    if (!first) throw new Error(`${folder} has no image`);
    const manifest = JSON.parse(await readFile(blob(first.digest), 'utf8')) as {
      readonly layers: readonly Descriptor[];
    };
    const layers = manifest.layers.map(({ digest }) => blob(digest));
    let bytes = 0;
    for (const layer of layers)
      for await (const chunk of createReadStream(layer).pipe(createGunzip()))
        bytes += (chunk as Uint8Array).length;
    return new Layout(folder, layers, bytes);
  }

  gunzipMs(): Promise<number> {
    return timed(() =>
      run('sh', ['-c', 'for layer; do gunzip --stdout <"$layer"; done >/dev/null', 'sh', ...this.layers]),
    );
  }

  async umociMs(scratch: string): Promise<number> {
    const bundle = path.join(scratch, 'bundle');
    const milliseconds = await timed(() =>
      run('umoci', ['unpack', '--image', `${this.folder}:latest`, bundle]),
    );
    await rm(bundle, { recursive: true });
    return milliseconds;
  }
}
