import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile, planSandbox } from '../../sandboxfile/index.ts';
import { wideVolumeWarnings } from './wide-volumes.ts';

function warnings(volume: string): readonly string[] {
  const text = `sandboxes: {a: {image: x, volumes: ["${volume}"]}}`;
  const sandbox = parseSandboxfile(text, { folder: '/home/me/project' }).project.sandboxes.get('a');
  assert.ok(sandbox);
  return wideVolumeWarnings(planSandbox(sandbox), '/home/me');
}

test('a volume of everything, or of the home folder, is told', () => {
  assert.deepEqual(warnings('/:/host:ro'), [
    "sandbox 'a' can read all files of this machine: volume /:/host",
  ]);
  for (const host of ['..', '/home', '/home/me/'])
    assert.match(warnings(`${host}:/x`)[0] ?? '', /can read and change your home folder/);
});

test('one of a project is not', () => {
  for (const host of ['.', './src', '/home/me/other', '/home/metoo', '/srv'])
    assert.deepEqual(warnings(`${host}:/x`), []);
});
