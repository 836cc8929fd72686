import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuestPaths } from './guest-paths.ts';
import { OutputPaths } from './output-paths.ts';

const mounts = [
  { host: '/home/me/project/server', guest: '/src', readOnly: false },
  { host: '/home/me/project/vendor', guest: '/src/vendor', readOnly: true },
  { host: '/home/me/project/ünï', guest: '/ünï', readOnly: false },
  { host: '/same', guest: '/same', readOnly: false },
];
const files = new Set(['/home/me/project/server/main.c', '/home/me/project/vendor/x.go']);

function mapped(text: string, size = Infinity): string {
  const output = new OutputPaths({
    paths: new GuestPaths(mounts),
    workdir: '/src',
    folder: '/home/me/project',
    exists: (file) => files.has(file),
  });
  const data = Buffer.from(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += Math.min(size, data.length)) {
    parts.push(output.push(data.subarray(at, at + Math.min(size, data.length))));
  }
  return Buffer.concat([...parts, output.flush()]).toString();
}

const cases: readonly (readonly [what: string, output: string, shown: string])[] = [
  ['an absolute path', '/src/main.c:3:5: error: x\r\n', '/home/me/project/server/main.c:3:5: error: x\r\n'],
  ['the folder itself', 'make: Entering /src\n', 'make: Entering /home/me/project/server\n'],
  ['the innermost mount', '"/src/vendor/x.go"', '"/home/me/project/vendor/x.go"'],
  ['a path behind a colour', '\x1b[31m/src/a\x1b[0m', '\x1b[31m/home/me/project/server/a\x1b[0m'],
  ['a path with other letters', '(/ünï/é.c)', '(/home/me/project/ünï/é.c)'],
  [
    'no path: longer names',
    '/srcs/a /src-1 /usr/src/a http://x/src/a',
    '/srcs/a /src-1 /usr/src/a http://x/src/a',
  ],
  ['the same path', '/same/a', '/same/a'],
  ['a relative path at the beginning of a line', 'main.c:3:5: error\n', 'server/main.c:3:5: error\n'],
  ['with a dot, brackets and blanks', '  ./main.c(3,5): error\n', '  server/main.c(3,5): error\n'],
  ['in a mount inside', 'vendor/x.go:1: bad\n', 'vendor/x.go:1: bad\n'],
  [
    'as gcc paints it',
    '\x1b[01m\x1b[Kmain.c:3:5:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx\r\n',
    '\x1b[01m\x1b[Kserver/main.c:3:5:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx\r\n',
  ],
  [
    'an absolute one as gcc paints it',
    '\x1b[01m\x1b[K/src/main.c:3:5:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx\r\n',
    '\x1b[01m\x1b[K/home/me/project/server/main.c:3:5:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx\r\n',
  ],
  [
    'as tsc paints it',
    '\x1b[96mmain.c\x1b[0m:\x1b[93m3\x1b[0m:\x1b[93m5\x1b[0m - \x1b[91merror\x1b[0m\n',
    '\x1b[96mserver/main.c\x1b[0m:\x1b[93m3\x1b[0m:\x1b[93m5\x1b[0m - \x1b[91merror\x1b[0m\n',
  ],
  [
    'as pytest paints it',
    '\x1b[1m\x1b[31mmain.c\x1b[0m:12: AssertionError\n',
    '\x1b[1m\x1b[31mserver/main.c\x1b[0m:12: AssertionError\n',
  ],
  ['relative to a mounted folder', 'x.go:1: bad\n', 'vendor/x.go:1: bad\n'],
  ['paint without a path', '\x1b[96m\x1b[0m:12\n', '\x1b[96m\x1b[0m:12\n'],
  ['of no file', 'time:12:30\nother.c:3:5\n', 'time:12:30\nother.c:3:5\n'],
  ['not at the beginning', 'see main.c:3:5\n', 'see main.c:3:5\n'],
  ['bytes that are no text', 'a\xff\x00 /src', 'a\xff\x00 /home/me/project/server'],
];

for (const [what, output, shown] of cases) {
  test(`${what}, whole`, () => assert.equal(mapped(output), shown));
  test(`${what}, byte by byte`, () => assert.equal(mapped(output, 1), shown));
  test(`${what}, in threes`, () => assert.equal(mapped(output, 3), shown));
}

test('only what may be a path is held back', () => {
  const output = new OutputPaths({
    paths: new GuestPaths(mounts),
    workdir: undefined,
    folder: '/home/me/project',
    exists: () => true,
  });
  assert.equal(Buffer.from(output.push(Buffer.from('name? '))).toString(), 'name? ');
  assert.equal(Buffer.from(output.push(Buffer.from('in /sr'))).toString(), 'in ');
  assert.equal(Buffer.from(output.flush()).toString(), '/sr');
});

test('a script that went to the folder it works on, without a working folder of the sandbox', () => {
  const output = new OutputPaths({
    paths: new GuestPaths(mounts),
    workdir: undefined,
    folder: '/home/me/project',
    exists: (file) => files.has(file),
  });
  assert.equal(
    Buffer.from(output.push(Buffer.from('main.c:3:5: error\n'))).toString(),
    'server/main.c:3:5: error\n',
  );
});

test('a guest that only paints costs no time', () => {
  const output = new OutputPaths({
    paths: new GuestPaths(mounts),
    workdir: '/src',
    folder: '/home/me/project',
    exists: () => false,
  });
  // With each split of it tried this would take hours.
  const paint = Buffer.from('\x1b[1'.repeat(100_000));
  assert.equal(output.push(paint).length + output.flush().length, paint.length);
});

test('without mounts nothing is looked at', () => {
  const options = { workdir: '/src', folder: '/p', exists: () => true };
  assert.equal(new OutputPaths({ paths: new GuestPaths([]), ...options }).isIdle, true);
});

test('a path outside of every mount has no place on the host', () => {
  const paths = new GuestPaths(mounts);
  assert.equal(paths.toHost('/etc/passwd'), undefined);
  assert.equal(paths.toHost('/src/../etc/passwd'), undefined);
  assert.equal(paths.toHost('/src/a/../b'), '/home/me/project/server/b');
});
