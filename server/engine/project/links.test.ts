import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { linksAmong } from './links.ts';

async function folder(t: TestContext): Promise<string> {
  const made = await realpath(await mkdtemp(path.join(tmpdir(), 'links-')));
  t.after(() => rm(made, { recursive: true }));
  await mkdir(path.join(made, 'project/src'), { recursive: true });
  await mkdir(path.join(made, 'private'));
  return made;
}

test('a path that leads out by a link is told with where it leads, others are not', async (t) => {
  const made = await folder(t);
  const root = path.join(made, 'project');
  await symlink('../private', path.join(root, 'data'));
  const [src, data, none] = ['src', 'data', 'none'].map((name) => path.join(root, name));
  assert.ok(src !== undefined && data !== undefined && none !== undefined);
  const links = await linksAmong([src, data, none, path.join(made, 'private')], { root, realRoot: root });
  assert.deepEqual(links, [{ path: data, target: path.join(made, 'private') }]);
});

test('a project that is opened through a link has none by that', async (t) => {
  const made = await folder(t);
  const root = path.join(made, 'opened');
  const realRoot = path.join(made, 'project');
  await symlink('project', root);
  assert.deepEqual(await linksAmong([path.join(root, 'src')], { root, realRoot }), []);
  await symlink('/etc', path.join(realRoot, 'etc'));
  assert.deepEqual(await linksAmong([path.join(root, 'etc')], { root, realRoot }), [
    { path: path.join(root, 'etc'), target: '/etc' },
  ]);
});
