// What a workspace sees of the host.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { HostFiles, isWithin } from './host-files.ts';

suite('host files', () => {
  let root: string;
  let files: HostFiles;
  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'host-files-'));
    await mkdir(path.join(root, 'inside'));
    await writeFile(path.join(root, 'inside/a'), 'text');
    await writeFile(path.join(root, 'inside/b'), new Uint8Array([0xff, 0xfe, 0x00]));
    files = new HostFiles(() => [path.join(root, 'inside')]);
  });
  after(() => rm(root, { recursive: true }));

  test('only folders of the workspace are listed', async () => {
    assert.equal(await files.list(root), undefined);
    assert.equal(await files.list(path.join(root, 'inside/..')), undefined);
    const entries = await files.list(path.join(root, 'inside'));
    assert.deepEqual(entries?.map(({ name }) => name).toSorted(), ['a', 'b']);
  });

  test('only text is read', async () => {
    assert.equal(await files.read(path.join(root, 'inside/a')), 'text');
    assert.equal(await files.read(path.join(root, 'inside/b')), undefined);
    assert.equal(await files.read(path.join(root, 'inside')), undefined);
    assert.equal(await files.read('/dev/zero'), undefined);
    assert.equal(await files.read(path.join(root, 'absent')), undefined);
  });

  test('what is there, until something changed', async () => {
    const file = path.join(root, 'inside/new');
    assert.equal(await files.exists(file), false);
    await writeFile(file, '');
    files.forget();
    assert.equal(await files.exists(file), true);
  });

  test('within a folder', () => {
    assert.ok(isWithin('/a/b', '/a'));
    assert.ok(isWithin('/a', '/a'));
    assert.ok(isWithin('/a/..b', '/a'));
    assert.ok(!isWithin('/ab', '/a'));
    assert.ok(!isWithin('/a/../b', '/a'));
  });
});
