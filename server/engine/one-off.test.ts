import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { hasErrors, parseSandboxfile } from '../sandboxfile/index.ts';
import { homeAt } from './layout.ts';
import type { Home } from './layout.ts';
import { makeOneOff, orphanedOneOffs, removeOneOff } from './one-off.ts';

test('the options become a valid Sandboxfile', async (t) => {
  const home = await temporaryHome(t);
  const root = await makeOneOff(home, {
    image: './images/app.tar#v1',
    cwd: '/work',
    cpus: 2,
    memoryMib: 512,
    volumes: ['src:/app', '/abs:/abs:ro'],
    ports: ['8080:80'],
    envs: ['QUOTE=it\'s "so": # no'],
    workdir: '/app',
    scope: 'none',
  });
  const { project, problems } = parseSandboxfile(await readFile(join(root, 'Sandboxfile'), 'utf8'));
  assert.equal(hasErrors(problems), false, JSON.stringify(problems));
  const sandbox = project.sandboxes.get('tmp');
  assert.equal(sandbox?.image?.text, '/work/images/app.tar#v1');
  assert.deepEqual(
    [sandbox.cpus, sandbox.memoryMib, sandbox.workdir, sandbox.scope],
    [2, 512, '/app', 'none'],
  );
  assert.deepEqual(
    sandbox.volumes.map(({ host, guest }) => [host, guest]),
    [
      ['/work/src', '/app'],
      ['/abs', '/abs'],
    ],
  );
  assert.deepEqual(sandbox.envs, [{ name: 'QUOTE', value: 'it\'s "so": # no' }]);
});

test('only what its owner left is an orphan', async (t) => {
  const home = await temporaryHome(t);
  const mine = await makeOneOff(home, { image: 'builtin:busybox', cwd: '/' });
  assert.deepEqual(await orphanedOneOffs(home), []);
  // The number is of a living process, but of another one than it was.
  await writeFile(join(mine, 'owner'), JSON.stringify([process.pid, 'another time']));
  assert.deepEqual(await orphanedOneOffs(home), [mine]);
  await removeOneOff(mine);
  assert.deepEqual(await readdir(home.oneOff), []);
});

test('a folder without an owner is given time to get one', async (t) => {
  const home = await temporaryHome(t);
  await mkdir(join(home.oneOff, 'new'), { recursive: true });
  assert.deepEqual(await orphanedOneOffs(home), []);
});

async function temporaryHome(t: TestContext): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'one-off-'));
  t.after(() => rm(folder, { recursive: true }));
  return homeAt(folder);
}
