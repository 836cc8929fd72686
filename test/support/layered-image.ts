// An image of three layers as umoci makes them: busybox, noise that does not compress, a program that
// the image names as its entrypoint.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from './msb.ts';

const run = promisify(execFile);

export interface LayeredImage {
  /** As skopeo names it. */
  readonly source: string;
  /** What its entrypoint prints without arguments, with the environment that it brings. */
  readonly says: string;
}

const program = `#!/bin/sh
echo "$GREETING, \${1:-nobody}, from $(pwd)"
`;

export async function makeLayeredImage(folder: string, noiseBytes: number): Promise<LayeredImage> {
  await mkdir(folder);
  const [layout, bundle] = [path.join(folder, 'layout'), path.join(folder, 'bundle')];
  const image = `${layout}:app`;
  const busybox = path.join(repository, 'dist', `linux-${process.arch}`, 'busybox.tar');
  await run('skopeo', ['copy', `oci-archive:${busybox}`, `oci:${image}`]);
  await run('umoci', ['unpack', '--image', image, bundle]);
  const root = path.join(bundle, 'rootfs');
  await mkdir(path.join(root, 'srv'), { recursive: true });
  await writeFile(path.join(root, 'srv', 'noise'), randomBytes(noiseBytes));
  await run('umoci', ['repack', '--refresh-bundle', '--image', image, bundle]);
  await writeFile(path.join(root, 'srv', 'greet'), program, { mode: 0o755 });
  await run('umoci', ['repack', '--image', image, bundle]);
  await run('umoci', [
    'config',
    ...['--image', image],
    ...['--config.env', 'GREETING=hello'],
    ...['--config.workingdir', '/srv'],
    ...['--config.entrypoint', '/srv/greet'],
    ...['--config.cmd', 'world'],
  ]);
  return { source: `oci:${image}`, says: 'hello, world, from /srv\n' };
}
