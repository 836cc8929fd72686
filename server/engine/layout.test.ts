import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasCode } from './errors/index.ts';
import { defaultHome, homeAt, makeProjectFolder, makeRunFolder, projectFolder, runFolder } from './layout.ts';

test('each sandbox of each file has a run folder of its own, short enough for a socket', () => {
  const home = homeAt('/home/someone/.menv');
  const names = [
    runFolder(home, '/p', 'Sandboxfile', 'app'),
    runFolder(home, '/p', 'dev.yaml', 'app'),
    runFolder(home, '/p', 'Sandboxfile', 'app2'),
    runFolder(home, '/q', 'Sandboxfile', 'app'),
  ].map(({ root }) => root);
  assert.equal(new Set(names).size, 4);
  assert.match(names[0] ?? '', /^\/home\/someone\/\.menv\/run\/[0-9a-f]{16}$/);
});

test('MENV_HOME moves the home, a relative one from the present folder', () => {
  assert.equal(defaultHome({ MENV_HOME: '/elsewhere' }), '/elsewhere');
  assert.equal(defaultHome({ MENV_HOME: 'here' }), join(process.cwd(), 'here'));
  assert.match(defaultHome({ MENV_HOME: '' }), /\/\.menv$/);
});

test('a project folder is made once and then left as it is', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'layout-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = projectFolder(root, 'Sandboxfile');
  await makeProjectFolder(folder);
  assert.equal(await readFile(join(root, 'menv', '.gitignore'), 'utf8'), '*\n');
  await writeFile(join(root, 'menv', '.gitignore'), 'mine\n');
  await makeProjectFolder(folder);
  assert.equal(await readFile(join(root, 'menv', '.gitignore'), 'utf8'), 'mine\n');
  assert.equal(folder.disk('app'), join(root, 'menv/rw/Sandboxfile/app/disk.img'));
  assert.equal(folder.log('app'), join(root, 'menv/log/Sandboxfile/app.log'));
});

test('a run folder is for its user alone', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'layout-'));
  t.after(() => rm(root, { recursive: true }));
  const folder = runFolder(homeAt(root), '/p', 'Sandboxfile', 'app');
  await makeRunFolder(folder);
  assert.equal((await stat(folder.root)).mode & 0o777, 0o700);
});

test('a folder that cannot be made is named', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'layout-'));
  t.after(() => rm(root, { recursive: true }));
  await writeFile(join(root, 'menv'), 'a file is in the way');
  await assert.rejects(makeProjectFolder(projectFolder(root, 'Sandboxfile')), (error) => {
    return hasCode(error, 'PROJECT_UNREADABLE') && error.subject === join(root, 'menv');
  });
});
