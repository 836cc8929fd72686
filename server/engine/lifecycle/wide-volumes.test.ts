import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseSandboxfile, planSandbox } from '../../sandboxfile/index.ts';
import { wideVolumeWarnings } from './wide-volumes.ts';

async function warnings(
  volume: string,
  folder = '/home/me/project',
  home = '/home/me',
): Promise<readonly string[]> {
  const text = `sandboxes: {a: {image: x, volumes: ["${volume}"]}}`;
  const sandbox = parseSandboxfile(text, { folder }).project.sandboxes.get('a');
  assert.ok(sandbox);
  return wideVolumeWarnings(planSandbox(sandbox), home);
}

test('a volume of everything, or of the home folder, is told', async () => {
  assert.deepEqual(await warnings('/:/host:ro'), [
    "sandbox 'a' can read all files of this machine: volume /:/host",
  ]);
  for (const host of ['..', '/home', '/home/me/'])
    assert.match((await warnings(`${host}:/x`))[0] ?? '', /can read and change your home folder/);
});

test('one of a project is not', async () => {
  for (const host of ['.', './src', '/home/me/other', '/home/metoo', '/srv'])
    assert.deepEqual(await warnings(`${host}:/x`), []);
});

test('a link is what it leads to', async (t) => {
  const home = await mkdtemp(path.join(tmpdir(), 'wide-'));
  t.after(() => rm(home, { recursive: true }));
  const project = path.join(home, 'project');
  await mkdir(path.join(project, 'src'), { recursive: true });
  for (const [name, target] of [
    ['all', '/'],
    ['mine', '..'],
    ['own', 'src'],
  ] as const)
    await symlink(target, path.join(project, name));
  assert.match((await warnings('./all:/x', project, home))[0] ?? '', /all files of this machine/);
  assert.match((await warnings('./mine:/x', project, home))[0] ?? '', /your home folder/);
  assert.deepEqual(await warnings('./own:/x', project, home), []);
});
