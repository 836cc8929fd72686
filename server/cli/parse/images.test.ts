import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invocation } from '../invocation.ts';
import { parse } from './index.ts';

async function invocation(...argv: string[]): Promise<Invocation> {
  const parsed = await parse(argv, {});
  assert.equal(parsed.kind, 'invocation', argv.join(' '));
  return parsed.invocation;
}

async function usageError(...argv: string[]): Promise<string> {
  const parsed = await parse(argv, {});
  assert.equal(parsed.kind, 'usage-error', argv.join(' '));
  return `${parsed.message} | ${parsed.usage}`;
}

test('pull and push name an image, or with -G a group', async () => {
  const target = { kind: 'image', image: 'python:3.12' };
  assert.deepEqual(await invocation('push', 'python:3.12'), { command: 'push', target });
  assert.deepEqual(await invocation('push', '-i', 'python:3.12'), { command: 'push', target });
  assert.deepEqual(await invocation('pull', '--image', 'python:3.12', '-L', 'dir'), {
    command: 'pull',
    target,
    layerPath: 'dir',
  });
  assert.deepEqual(await invocation('pull', '-G', 'backend', '-f', 'dir'), {
    command: 'pull',
    target: { kind: 'group', group: 'backend', path: 'dir' },
    layerPath: undefined,
  });
  assert.match(
    await usageError('pull'),
    /^missing required argument 'image' \| msb pull \[options\] <image>$/,
  );
});

test('login takes no password on the command line', async () => {
  assert.deepEqual(await invocation('login', 'localhost:5000', '-u', 'me', '--password-stdin'), {
    command: 'login',
    registry: 'localhost:5000',
    username: 'me',
    passwordStdin: true,
  });
  assert.deepEqual(await invocation('login'), {
    command: 'login',
    registry: undefined,
    username: undefined,
    passwordStdin: false,
  });
  assert.match(await usageError('login', '--password', 'x'), /^unknown option '--password'/);
  assert.match(await usageError('login', '--password-stdin'), /needs `--username`/);
  assert.deepEqual(await invocation('logout', 'r.example'), { command: 'logout', registry: 'r.example' });
});

test('commands of `image` have words and usage of their own', async () => {
  assert.deepEqual(await invocation('image', 'ls', '-q'), { command: 'image-ls', format: 'digests' });
  assert.deepEqual(await invocation('image', 'list', '--json'), { command: 'image-ls', format: 'json' });
  assert.deepEqual(await invocation('image', 'ls'), { command: 'image-ls', format: 'table' });
  assert.match(await usageError('image', 'ls', '-q', '--json'), /cannot be used with/);
  assert.deepEqual(await invocation('image', 'rm', 'a', 'b'), { command: 'image-rm', images: ['a', 'b'] });
  assert.deepEqual(await invocation('image', 'prune'), { command: 'image-prune', keep: undefined });
  assert.deepEqual(await invocation('image', 'prune', '--keep', '5GiB'), {
    command: 'image-prune',
    keep: '5GiB',
  });
  assert.deepEqual(await invocation('image', 'inspect', 'a'), { command: 'image-inspect', images: ['a'] });
  assert.deepEqual(await invocation('image', 'commit', 'app', 'made:v1', '-f', 'dir', '-m', 'why'), {
    command: 'image-commit',
    path: 'dir',
    name: 'app',
    reference: 'made:v1',
    message: 'why',
  });
  assert.match(await usageError('image', 'commit', 'app'), /missing required argument 'image'/);
  assert.match(await usageError('image', 'rm'), / \| msb image rm \[options\] <images\.\.\.>$/);
  assert.match(await usageError('image', 'nope'), /^unknown command 'nope' \| msb image/);
  for (const argv of [['image'], ['image', '--help'], ['help', 'image'], ['image', 'rm', '-h']]) {
    const parsed = await parse(argv, {});
    assert.equal(parsed.kind, 'help', argv.join(' '));
  }
});

test('load and save', async () => {
  assert.deepEqual(await invocation('load', '-'), { command: 'load', path: '-', name: undefined });
  assert.deepEqual(await invocation('load', 'x.tar', '--name', 'app:v1'), {
    command: 'load',
    path: 'x.tar',
    name: 'app:v1',
  });
  assert.deepEqual(await invocation('save', 'a', 'b', '-o', 'x.tar'), {
    command: 'save',
    images: ['a', 'b'],
    output: 'x.tar',
    format: 'docker-archive',
  });
  assert.match(await usageError('save', 'a'), /required option '-o, --output <path>'/);
  assert.match(await usageError('save', 'a', '-o', 'x', '--format', 'zip'), /Allowed choices are/);
});

test('tree and clean', async () => {
  assert.deepEqual(await invocation('tree', 'a', '-L', '2', '-b'), {
    command: 'tree',
    path: undefined,
    section: 'builds',
    names: ['a'],
    level: 2,
  });
  assert.match(await usageError('tree', 'a', '-L', '0'), /above 0/);
  assert.match(await usageError('tree', 'a', '-b', '-g'), /cannot specify both/);
  const project = {
    command: 'clean',
    path: undefined,
    name: undefined,
    project: true,
    home: false,
    force: false,
  };
  assert.deepEqual(await invocation('clean'), project);
  assert.deepEqual(await invocation('clean', '-s', 'a', '-F'), { ...project, name: 'a', force: true });
  assert.deepEqual(await invocation('clean', '-u'), { ...project, project: false, home: true });
  assert.deepEqual(await invocation('clean', '--all'), { ...project, home: true });
  assert.match(await usageError('clean', 'a', '-u'), /a name excludes/);
  assert.match(await usageError('clean', '-u', '-a'), /cannot specify both/);
});
