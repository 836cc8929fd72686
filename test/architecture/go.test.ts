import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findGo } from '../../scripts/build/go.ts';
import { native } from '../../scripts/build/paths.ts';

const module = 'sandboxfile/native/';

/** What the guest's side is made of. Everything else belongs to the host. */
const guest = /^(cmd\/(agent|relay|rawguest|hostileguest)|internal\/guest\/)/;
/** What host and guest share, besides the wire contract. */
const shared = [
  'internal/link',
  'internal/volumewire',
  'internal/fuse',
  'internal/failure',
  'internal/cabundle',
];
/** Packages of others that go into the guest: its disk is small and its attack surface is ours. */
const guestModules = [
  'connectrpc.com/',
  'google.golang.org/protobuf/',
  'golang.org/x/',
  'github.com/creack/pty',
];

const imports = await allImports();

test("the host's code and the guest's know only what they share", () => {
  const wrong = imports.filter(({ from, to }) => {
    if (!to.startsWith(module)) return false;
    const target = to.slice(module.length);
    if (target.startsWith('gen/') || shared.includes(target)) return false;
    return guest.test(from) !== guest.test(target) && !from.startsWith('cmd/raw');
  });
  assert.deepEqual(wrong, []);
});

test('what both ends share depends on neither', () => {
  const wrong = imports.filter(({ from, to }) => {
    if (!shared.includes(from) || !to.startsWith(module)) return false;
    const target = to.slice(module.length);
    return !target.startsWith('gen/') && !shared.includes(target);
  });
  assert.deepEqual(wrong, []);
});

test('the guest uses few packages of others', () => {
  const wrong = imports.filter(({ from, to }) => {
    const foreign = /^[^/]+\.[^/]+\//.test(to);
    return foreign && guest.test(from) && !guestModules.some((each) => to.startsWith(each));
  });
  assert.deepEqual(wrong, []);
});

interface Import {
  readonly from: string;
  readonly to: string;
}

/** For Linux, where all packages build. */
async function allImports(): Promise<readonly Import[]> {
  const go = await findGo();
  const format = '{{range .Imports}}{{$.ImportPath}} {{.}}\n{{end}}';
  const { stdout } = await promisify(execFile)(go.program, ['list', '-f', format, './...'], {
    cwd: native,
    env: go.environment({ goos: 'linux', arch: 'amd64' }),
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [from = '', to = ''] = line.split(' ');
      return { from: from.slice(module.length), to };
    });
}
