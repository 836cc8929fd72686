// Images that sandboxes use, and others that want them gone.

import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { defaultAssetFolder, guestPlatform } from '../../server/engine/machine/assets.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo started
      wait: exec sleep 1000
`;

const deadline = { timeout: 240_000 };

suite('images in use', () => {
  let place: Place;

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  after(async () => {
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  });

  const run = (...args: readonly string[]): ReturnType<typeof msb> => msb(args, { cwd: place.project });

  test('a running sandbox keeps its image, and is named to who wants it gone', deadline, async () => {
    assert.equal((await run('run', '-d', 'box~wait')).code, 0);
    const refused = await run('image', 'rm', 'builtin:busybox');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /image is in use: builtin:busybox/);
    assert.ok(refused.stderr.includes(`Sandboxfile/box of ${place.project}`), refused.stderr);
    assert.equal((await run('image', 'prune', '--keep', '0')).stdout, 'Freed: 0 B\n');
    const listed = await run('image', 'ls');
    assert.ok(listed.stdout.includes(`Sandboxfile/box of ${place.project}`), listed.stdout);
    assert.equal((await run('down')).code, 0);
    const removed = await run('image', 'rm', 'builtin:busybox');
    assert.match(removed.stdout, /^Untagged: builtin:busybox\nDeleted: sha256:[0-9a-f]{64}\nFreed: [1-9]/);
    assert.deepEqual(await readdir(path.join(place.home, 'images/sha256')), []);
  });

  test('an image that goes between its resolution and the start is brought in again', deadline, async () => {
    const assets = await assetsWhoseImageGoesOnce(place);
    const env = { MENV_ASSETS: assets, MENV_TEMPLATES: 'off' };
    const started = await msb(['run', 'box'], { cwd: place.project, env });
    assert.deepEqual([started.code, started.stdout], [0, 'started\n'], started.stderr);
    assert.ok((await readdir(assets)).includes('gone'), 'the image was not removed');
  });
});

/** The product's files, with a `menv` that removes all images before its first `menv vm`. */
async function assetsWhoseImageGoesOnce(place: Place): Promise<string> {
  const real = path.resolve(defaultAssetFolder());
  const folder = path.join(place.root, 'assets');
  await mkdir(folder);
  for (const name of await readdir(real)) {
    if (name !== 'menv') await symlink(path.join(real, name), path.join(folder, name));
  }
  const menv = path.join(real, 'menv');
  const store = path.join(place.home, 'images');
  await writeFile(
    path.join(folder, 'menv'),
    `#!/bin/sh
if [ "$1" = vm ] && mkdir '${folder}/gone' 2>/dev/null; then
  '${menv}' image prune --keep 0 --store '${store}' --platform ${guestPlatform()} >/dev/null
fi
exec '${menv}' "$@"
`,
  );
  await chmod(path.join(folder, 'menv'), 0o755);
  return folder;
}
