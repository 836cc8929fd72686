import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sandbox } from '../model.ts';
import { parseSandboxfile } from '../parse.ts';
import { reviewedPaths, reviewStart, type StartReview } from './review.ts';

function review(sandbox: string): StartReview {
  return reviewStart(parsed(sandbox));
}

function parsed(sandbox: string): Sandbox {
  const text = `sandboxes:\n  app:\n${sandbox.replaceAll(/^/gm, '    ')}\n`;
  const { project } = parseSandboxfile(text, { file: 'Sandboxfile', folder: '/work' });
  const definition = project.sandboxes.get('app');
  assert.ok(definition);
  return definition;
}

const base =
  'image: ./image.tar\nvolumes: ["../data:/data:ro"]\nports: ["8080:80"]\nscripts: {start: echo hi}';

test('paths are absolute, as they are used', () => {
  const { image, mounts, ports } = review(base);
  assert.equal(image, '/work/image.tar');
  assert.deepEqual(mounts, [{ host: '/data', guest: '/data', readOnly: true }]);
  assert.deepEqual(ports, ['8080:80']);
});

test('all that can be run is named', () => {
  const { commands } = review(`${base}\ncommand: [serve, now]\nshell: /bin/bash`);
  assert.deepEqual(commands, [
    { name: 'start', text: 'echo hi' },
    { name: 'command', text: 'serve now' },
    { name: 'shell', text: '/bin/bash' },
  ]);
});

for (const change of [
  'scope: any',
  'env_file: ./.env',
  'command: [rm, x]',
  'shell: /bin/bash',
  'secrets: {A: a.test}',
  'vmm: qemu',
])
  test(`${change} makes it another start`, () => {
    assert.notEqual(review(`${base}\n${change}`).identity, review(base).identity);
  });

test('every path of the host is looked at for links, and a link makes it another start', () => {
  const definition = parsed(`${base}\nenv_file: ./.env\nimports: {tool: ./tool}`);
  const paths = ['/work/image.tar', '/data', '/work/tool', '/work/.env'];
  assert.deepEqual([...reviewedPaths(definition)].sort(), [...paths].sort());
  const { identity } = reviewStart(definition, [{ path: '/data', target: '/etc' }]);
  assert.notEqual(identity, reviewStart(definition).identity);
});

test('memory does not', () => {
  assert.equal(review(`${base}\nmemory: 256`).identity, review(base).identity);
});
