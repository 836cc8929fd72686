// bin/msb as a process, where no virtual machine is needed. Wants the built dist/msb/.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const bin = join(import.meta.dirname, '../../bin');
/** Short, as sockets live below it. */
const scratch = await mkdtemp(join(tmpdir(), 'msb-'));
const home = join(scratch, 'home');
/** What the user's own home folder would be; stays empty. */
const userHome = join(scratch, 'user');
await mkdir(userHome);
after(() => rm(scratch, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function msb(argv: readonly string[], cwd = scratch, program = join(bin, 'msb')): Ended {
  const env = { ...process.env, MENV_HOME: home, HOME: userHome };
  const { status, stdout, stderr } = spawnSync(program, argv, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  });
  return { code: status, out: stdout, err: stderr };
}

async function project(name: string, sandboxfile?: string): Promise<string> {
  const root = join(scratch, name);
  await mkdir(root);
  if (sandboxfile !== undefined) await writeFile(join(root, 'Sandboxfile'), sandboxfile);
  return root;
}

const one = 'sandboxes:\n  a:\n    image: builtin:busybox\n    scripts: { start: echo hi }\n';

test('the version, in every way to ask for it', () => {
  for (const argv of [['-V'], ['--version'], ['version'], ['run', 'x', '-V']]) {
    const { code, out } = msb(argv);
    assert.equal(code, 0);
    assert.match(out, /^v\d+\.\d+\.\d+\S*\n$/);
  }
});

test('help is an answer, a mistake is not', () => {
  const help = msb([]);
  assert.equal(help.code, 0);
  assert.match(help.out, /^Usage: msb /);
  for (const argv of [['nope'], ['run'], ['run', 'a~s', '--exec', 'x'], ['run', '-s', '-b', 'a']]) {
    const { code, out, err } = msb(argv);
    assert.equal(code, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(err, /^Error: .*\n[^]*\nUsage: msb /);
  }
});

test('an answer that cannot be written is no success', { skip: process.platform !== 'linux' }, async () => {
  const root = await project('full', one);
  const full = await open('/dev/full', 'w');
  after(() => full.close());
  for (const argv of [['list'], ['status'], ['snapshot', 'ls'], ['check', '--json']]) {
    const { status, stderr } = spawnSync(join(bin, 'msb'), argv, {
      cwd: root,
      env: { ...process.env, MENV_HOME: home, HOME: userHome },
      encoding: 'utf8',
      stdio: ['ignore', full.fd, 'pipe'],
    });
    assert.equal(status, 1, argv.join(' '));
    assert.match(stderr, /^Error: cannot write standard output\nCaused by: .*no space left on device/);
  }
});

test('malformed values of exe are mistakes of the command line', () => {
  for (const option of [
    ['-v', '/data:'],
    ['-p', 'http:80'],
    ['--env', 'DEBUG'],
    ['--scope', 'invalid'],
    ['--workdir', 'src'],
    ['--cpus', '300'],
    ['--memory', '0'],
  ]) {
    const { code, err } = msb(['exe', 'builtin:busybox', ...option]);
    assert.equal(code, 2, option.join(' '));
    assert.match(err, /^Error: .*\n\nUsage: msb exe /);
  }
});

test('init makes a project, and once only', async () => {
  const root = await project('init');
  assert.equal(msb(['init'], root).code, 0);
  assert.equal(await readFile(join(root, 'Sandboxfile'), 'utf8'), '# Sandbox configurations\nsandboxes:\n');
  assert.equal(await readFile(join(root, '.gitignore'), 'utf8'), 'menv/\n');
  assert.deepEqual(
    (await readdir(join(root, 'menv'))).filter((name) => !name.startsWith('state.db-')).sort(),
    ['.gitignore', 'log', 'rw', 'state.db'],
  );
  await writeFile(join(root, 'Sandboxfile'), one);
  assert.equal(msb(['init'], root).code, 0);
  assert.equal(await readFile(join(root, 'Sandboxfile'), 'utf8'), one);
  assert.equal(await readFile(join(root, '.gitignore'), 'utf8'), 'menv/\n');
});

test('init adds its line to a .gitignore only where it is missing', async () => {
  const root = await project('ignore');
  for (const [before, expected] of [
    ['node_modules', 'node_modules\nmenv/\n'],
    ['dist\n', 'dist\nmenv/\n'],
    ['menv\n', 'menv\n'],
    ['a\r\nmenv/\r\n', 'a\r\nmenv/\r\n'],
  ] as const) {
    await writeFile(join(root, '.gitignore'), before);
    assert.equal(msb(['init'], root).code, 0);
    assert.equal(await readFile(join(root, '.gitignore'), 'utf8'), expected);
  }
});

test('init takes a folder that does not exist, and another file name', async () => {
  assert.equal(msb(['init', '--file', 'newdir/']).code, 0);
  assert.ok((await stat(join(scratch, 'newdir/Sandboxfile'))).isFile());
  assert.equal(msb(['init', '-f', 'newdir/dev.yaml']).code, 0);
  assert.ok((await stat(join(scratch, 'newdir/dev.yaml'))).isFile());
});

test('a missing file and unknown names are errors of the reference', async () => {
  const empty = await project('empty');
  const missing = msb(['status'], empty);
  assert.equal(missing.code, 1);
  assert.ok(missing.err.startsWith(`Error: microsandbox config file not found at: ${empty}\n`), missing.err);
  assert.deepEqual(await readdir(empty), []);

  const root = await project('names', one);
  const unknown = msb(['run', 'nope'], root);
  assert.equal(unknown.code, 1);
  assert.ok(unknown.err.startsWith("Error: cannot find sandbox: 'nope' in 'Sandboxfile'\n"), unknown.err);
  const script = msb(['run', 'a~nope'], root);
  assert.equal(script.code, 1);
  assert.ok(
    script.err.startsWith("Error: script 'nope' not found in sandbox configuration 'a'\n"),
    script.err,
  );
  assert.equal(msb(['down', 'a', 'nope'], root).code, 1);
  assert.equal(msb(['log', 'nope'], root).code, 1);
  const unwritten = msb(['log', 'a'], root);
  assert.equal(unwritten.code, 1);
  assert.match(
    unwritten.err,
    /^Error: log not found: Log file not found at .*menv\/log\/Sandboxfile\/a\.log\n/,
  );
});

test('a file with errors is refused with every problem and its place', async () => {
  const root = await project('invalid', 'sandboxes:\n  a:\n    memory: 0\n');
  const { code, err } = msb(['run', 'a'], root);
  assert.equal(code, 1);
  assert.match(err, /Sandboxfile:2:\d+: error SBX-REQUIRED/);
  assert.match(err, /Sandboxfile:3:\d+: error SBX-MEMORY/);
});

test('status in a pipe is one table without escape codes', async () => {
  const root = await project('status', one);
  const { code, out } = msb(['status'], root);
  assert.equal(code, 0);
  assert.match(
    out,
    /^Last updated: .*\n\nSANDBOX {9}STATUS {5}PIDS {12}CPU {10}MEMORY {7}DISK\n─{80}\na {15}STOPPED {4}- {15}- {12}- {12}-\n$/,
  );
});

test('down of what does not run is no error, -f names file or folder', async () => {
  const root = await project('down', one);
  assert.equal(msb(['down'], root).code, 0);
  assert.equal(msb(['down', 'a', '-f', 'down']).code, 0);
  assert.equal(msb(['down', '--file=down/Sandboxfile', 'a']).code, 0);
});

test('log prints the last lines asked for, and ends quietly with its reader', async () => {
  const root = await project('log', one);
  await mkdir(join(root, 'menv/log/Sandboxfile'), { recursive: true });
  const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}\n`);
  await writeFile(join(root, 'menv/log/Sandboxfile/a.log'), lines.join(''));
  assert.equal(msb(['log', 'a', '--tail', '2'], root).out, 'line 49998\nline 49999\n');
  assert.equal(msb(['log', 'a'], root).out, lines.join(''));
  const piped = spawnSync('bash', ['-c', `"${join(bin, 'msb')}" log a | head -n 1`], {
    cwd: root,
    env: { ...process.env, MENV_HOME: home, HOME: userHome },
    encoding: 'utf8',
  });
  assert.equal(piped.stdout, 'line 0\n');
  assert.equal(piped.stderr, '');
});

test('list prints blocks, and says when there are none', async () => {
  const root = await project('list', one);
  assert.match(msb(['list'], root).out, /^1\. a\n {3}Image: builtin:busybox\n[^]*\nTotal: 1\n$/);
  await writeFile(join(root, 'Sandboxfile'), 'sandboxes:\n');
  assert.deepEqual(msb(['list'], root), { code: 0, out: 'No sandboxes found\n', err: '' });
});

test('nothing is written under the home folder when MENV_HOME names another', async () => {
  assert.deepEqual(await readdir(userHome), []);
});

test('shims put their command before unchanged arguments, also through symlinks', async () => {
  const folder = join(scratch, 'bin');
  await mkdir(folder);
  await writeFile(join(folder, 'msb'), '#!/bin/sh\nfor a; do printf "<%s>" "$a"; done\n');
  await chmod(join(folder, 'msb'), 0o755);
  for (const [shim, command] of [
    ['msr', 'run'],
    ['msx', 'exe'],
    ['msi', 'install'],
  ] as const) {
    await copyFile(join(bin, shim), join(folder, shim));
    const { out } = msb(['two words', '', '--', '*', "it's"], scratch, join(folder, shim));
    assert.equal(out, `<${command}><two words><><--><*><it's>`);
    assert.match(await readFile(join(bin, shim), 'utf8'), new RegExp(`^# MSB-ALIAS: ${shim}$`, 'm'));
  }
  await symlink(join(bin, 'msb'), join(scratch, 'absolute'));
  await symlink('absolute', join(scratch, 'relative'));
  assert.match(msb(['-V'], scratch, join(scratch, 'relative')).out, /^v/);
});

test('add and remove change nothing else of the file', async () => {
  const before = '# mine\nsandboxes:\n  a: # first\n    image: "x"\n\n# end\nbuilds: {}\n';
  const root = await project('edit', before);
  const file = join(root, 'Sandboxfile');
  await chmod(file, 0o640);
  const argv = ['-i', 'alpine:3.20', '-p', '8080:80', '--script', 'test=make test', '--start', 'serve'];
  assert.deepEqual(msb(['add', 'b', 'c', ...argv], root), { code: 0, out: '', err: '' });
  const entry = (name: string): string =>
    `  ${name}:\n    image: alpine:3.20\n    ports:\n      - 8080:80\n    scripts:\n      test: make test\n      start: serve\n`;
  const added = before.replace('\n\n# end', `\n${entry('b')}${entry('c')}\n# end`);
  assert.equal(await readFile(file, 'utf8'), added);
  assert.equal((await stat(file)).mode & 0o777, 0o640);
  assert.equal(msb(['add', '-b', 'wheel', '-i', 'python', '--start', 'pip wheel .'], root).code, 0);
  assert.match(await readFile(file, 'utf8'), /builds: \{"wheel": /);
  assert.equal(msb(['remove', '-b', 'wheel'], root).code, 0);
  assert.equal(msb(['rm', 'c', 'b'], root).code, 0);
  assert.equal(await readFile(file, 'utf8'), before);
});

test('add and remove write nothing when a part of it is wrong', async () => {
  const root = await project('refused', one);
  for (const [argv, message] of [
    [
      ['add', 'b', 'a', '-i', 'alpine'],
      "configuration validation error: Sandbox with name 'a' already exists",
    ],
    [
      ['add', 'b', '-i', 'Alpine'],
      'configuration validation error: failed to parse OCI reference: invalid reference format',
    ],
    [['add', 'b', '-i', 'x', '-p', '1:2:3'], 'configuration validation error: invalid port pair: 1:2:3'],
    [['remove', 'a', 'b', 'c'], "cannot find sandbox: 'b, c' in 'Sandboxfile'"],
    [['remove', '-g', 'a'], "cannot find group: 'a' in 'Sandboxfile'"],
  ] as const) {
    const { code, err } = msb(argv, root);
    assert.equal(code, 1, argv.join(' '));
    assert.ok(err.startsWith(`Error: ${message}\n`), err);
    assert.equal(await readFile(join(root, 'Sandboxfile'), 'utf8'), one);
  }
  const broken = 'sandboxes: [\n';
  await writeFile(join(root, 'Sandboxfile'), broken);
  assert.equal(msb(['add', 'b', '-i', 'x'], root).code, 1);
  assert.equal(await readFile(join(root, 'Sandboxfile'), 'utf8'), broken);
  const empty = await project('nowhere');
  assert.equal(msb(['add', 'b', '-i', 'x'], empty).code, 1);
  assert.deepEqual(await readdir(empty), []);
});

test('add writes through a link, at once with others, and leaves nothing behind', async () => {
  const root = await project('linked');
  const target = join(scratch, 'real-file');
  await writeFile(target, 'sandboxes:\n');
  await symlink(target, join(root, 'Sandboxfile'));
  const names = ['a', 'b', 'c', 'd'];
  const codes = names.map((name) => {
    const child = spawn(join(bin, 'msb'), ['add', name, '-i', 'alpine'], {
      cwd: root,
      env: { ...process.env, MENV_HOME: home, HOME: userHome },
      stdio: 'ignore',
    });
    return once(child, 'exit').then(([code]) => Number(code));
  });
  assert.deepEqual(await Promise.all(codes), [0, 0, 0, 0]);
  assert.ok((await lstat(join(root, 'Sandboxfile'))).isSymbolicLink());
  const text = await readFile(target, 'utf8');
  assert.deepEqual([...text.matchAll(/^ {2}(\w):$/gm)].map(([, name]) => name).sort(), names);
  assert.deepEqual((await readdir(root)).sort(), ['Sandboxfile', 'menv']);
  assert.deepEqual(
    (await readdir(scratch)).filter((name) => name.endsWith('.new')),
    [],
  );
});
