import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { hasCode } from '../errors/index.ts';
import { projectFolder } from '../layout.ts';
import { NewFolders } from '../new-folders.ts';
import { makeGroupFolders } from './group-folders.ts';

suite('folders of groups', () => {
  let root: string;
  const make = (folders = new NewFolders()): Promise<void> => {
    const folder = projectFolder(root, 'Sandboxfile');
    const host = folder.groupVolume('team', 'logs');
    return makeGroupFolders({ folder, groupMounts: [{ host, guest: '/logs', readOnly: false }] }, folders);
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'groups-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  test('are made, kept with what is in them, and taken back when they are new', async () => {
    const folders = new NewFolders();
    await make(folders);
    assert.ok((await stat(join(root, 'menv/volumes/Sandboxfile/team/logs'))).isDirectory());
    await make();
    await folders.takeBack();
    assert.deepEqual(await readdir(root), []);
  });

  for (const name of ['volumes', 'volumes/Sandboxfile', 'volumes/Sandboxfile/team/logs'])
    test(`a link at ${name} is refused, and nothing is made behind it`, async () => {
      const elsewhere = join(root, 'elsewhere');
      const link = join(root, 'menv', name);
      await mkdir(elsewhere);
      await mkdir(join(link, '..'), { recursive: true });
      await symlink(elsewhere, link);
      await assert.rejects(make(), (error) => hasCode(error, 'VOLUME') && error.subject === link);
      assert.deepEqual(await readdir(elsewhere), []);
    });

  test('a file in the place of one is refused', async () => {
    await mkdir(join(root, 'menv'));
    await writeFile(join(root, 'menv/volumes'), '');
    await assert.rejects(make(), (error) => hasCode(error, 'VOLUME'));
  });
});
