import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Invocation } from '../invocation.ts';
import { parse } from './index.ts';

async function invocation(...argv: string[]): Promise<Invocation> {
  const parsed = await parse(argv, {});
  assert.equal(parsed.kind, 'invocation');
  return parsed.invocation;
}

async function usageError(...argv: string[]): Promise<string> {
  const parsed = await parse(argv, {});
  assert.equal(parsed.kind, 'usage-error');
  return `${parsed.message} | ${parsed.usage}`;
}

test('no arguments, help and --help print help', async () => {
  for (const argv of [[], ['help'], ['--help'], ['-h'], ['help', 'run'], ['run', '--help'], ['--debug']]) {
    const parsed = await parse(argv, {});
    assert.equal(parsed.kind, 'help', argv.join(' '));
    assert.match(parsed.text, /^Usage: msb /);
  }
});

test('the version wins over subcommands and mistakes, not over guest arguments', async () => {
  for (const argv of [
    ['-V'],
    ['version'],
    ['run', 'x', '-V'],
    ['run', '--nope', '--version'],
    ['nope', '-V'],
  ]) {
    assert.deepEqual(await parse(argv, {}), { kind: 'version' }, argv.join(' '));
  }
  assert.equal((await parse(['run', 'x', '--', '-V'], {})).kind, 'invocation');
});

test('each command is there by its own name', async () => {
  const all = await parse([], {});
  assert.equal(all.kind, 'help');
  const [, commands = ''] = all.text.split('Commands:');
  const names = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  assert.ok(names.length > 20, all.text);
  for (const name of [...names, 'start', 'x', 'tmp', 't', 'rm']) {
    const parsed = await parse([name, '--help'], {});
    assert.equal(parsed.kind, 'help', name);
    if (name !== 'help') assert.match(parsed.text, /^Usage: msb [a-z]/, name);
  }
});

test('hidden aliases work and are not listed', async () => {
  for (const [alias, name] of [
    [
      ['r', 'a'],
      ['run', 'a'],
    ],
    [
      ['x', 'a'],
      ['exe', 'a'],
    ],
    [['ps'], ['status']],
    [['stat'], ['status']],
  ] as const) {
    assert.deepEqual(await invocation(...alias), await invocation(...name));
  }
  const help = await parse([], {});
  assert.equal(help.kind, 'help');
  assert.doesNotMatch(help.text, /\||\bps\b|\bstat\b|\btmp\b|\bstart \b/);
});

test('what follows -- goes to the guest untouched', async () => {
  assert.deepEqual(await invocation('run', '-d', 'a', '--', '--foo', '-V', '--', 'two words', ''), {
    command: 'run',
    path: undefined,
    name: 'a',
    selection: { args: ['--foo', '-V', '--', 'two words', ''] },
    detach: true,
  });
  assert.match(await usageError('run', 'a', 'b'), /^too many arguments/);
  const status = await invocation('status', '--', '-odd-name');
  assert.deepEqual(status, { command: 'status', path: undefined, names: ['-odd-name'] });
});

test('options stand before or after positionals, with = or a blank', async () => {
  const expected = await invocation('run', '--file', 'dir', 'a', '-d');
  assert.deepEqual(await invocation('run', 'a', '-d', '--file=dir'), expected);
  assert.deepEqual(await invocation('run', '-d', '-f', 'dir', 'a'), expected);
});

test('NAME~SCRIPT splits at the first ~', async () => {
  const run = await invocation('run', 'a~b~c');
  assert.ok(run.command === 'run');
  assert.equal(run.name, 'a');
  assert.deepEqual(run.selection, { args: [], script: 'b~c' });
  const empty = await invocation('run', 'a~');
  assert.ok(empty.command === 'run');
  assert.deepEqual(empty.selection, { args: [], script: '' });
});

test('--exec excludes a script', async () => {
  assert.equal(
    await usageError('run', 'a~s', '--exec', 'x'),
    'cannot specify both a script and an `--exec` option. | msb run [options] <name>[~<script>] [-- <args>...]',
  );
  const run = await invocation('run', 'a', '-x', '/bin/ls', '--', '-l');
  assert.ok(run.command === 'run');
  assert.deepEqual(run.selection, { args: ['-l'], exec: '/bin/ls' });
  // What follows `--` is the program's, whatever stands before the command.
  for (const before of [['--vmm', 'qemu'], ['--vmm=qemu'], ['--error', '--vmm', 'qemu']])
    assert.deepEqual(await invocation(...before, 'run', 'a', '-x', '/bin/ls', '--', '-l'), run);
});

test('shell is run with the script shell', async () => {
  assert.deepEqual(
    await invocation('shell', 'a', '--', '-c', 'echo hi'),
    await invocation('run', 'a~shell', '--', '-c', 'echo hi'),
  );
});

test('exe takes --image as a switch without value', async () => {
  assert.deepEqual(await invocation('exe', '--image', 'alpine', '--', 'true'), {
    command: 'exe',
    machine: { image: 'alpine' },
    selection: { args: ['true'] },
  });
  assert.match(await usageError('exe', '--image', '--', 'true'), /^missing required argument 'image'/);
});

test('repeatable options take one value an occurrence', async () => {
  const exe = await invocation(
    'exe',
    'i',
    '-v',
    'a:b',
    '-v',
    'c:d',
    '-p',
    '1:2',
    '--env',
    'A=',
    '--cpu',
    '2',
  );
  assert.ok(exe.command === 'exe');
  assert.deepEqual(exe.machine, {
    image: 'i',
    cpus: 2,
    volumes: ['a:b', 'c:d'],
    ports: ['1:2'],
    envs: ['A='],
  });
  assert.match(await usageError('exe', 'i', '-v', 'a:b', 'c:d'), /^too many arguments/);
});

test('numbers are checked', async () => {
  assert.match(await usageError('exe', 'i', '--memory', '0'), /whole number above 0/);
  assert.match(await usageError('exe', 'i', '--cpus', '1.5'), /whole number above 0/);
  assert.match(await usageError('log', 'a', '--tail', '-1'), /whole number/);
  const log = await invocation('log', 'a', '-F', '-t', '0');
  assert.deepEqual(log, { command: 'log', path: undefined, name: 'a', follow: true, tail: 0, audit: false });
});

test('mistakes name the usage of the command they are in', async () => {
  assert.equal(
    await usageError('run'),
    "missing required argument 'name' | msb run [options] <name>[~<script>] [-- <args>...]",
  );
  assert.equal(await usageError('nope'), "unknown command 'nope' | msb [options] <command>");
  assert.match(await usageError('statsu'), /Did you mean status/);
  assert.match(await usageError('run', '-s', '-b', 'a'), /^unknown option '-b'/);
});

test('old spellings work with a note', async () => {
  const parsed = await parse(['log', 'a', '-n', '3'], {});
  assert.ok(parsed.kind === 'invocation' && parsed.invocation.command === 'log');
  assert.equal(parsed.invocation.tail, 3);
  assert.deepEqual(parsed.notes, ['`log -n` is deprecated, use `log -t`']);
  assert.deepEqual(await invocation('start', 'a'), await invocation('run', 'a~start'));
  assert.deepEqual(
    await invocation('tmp', 'i', '--ram', '64'),
    await invocation('exe', 'i', '--memory', '64'),
  );
});

test('the most verbose level flag wins, and flags win over MSB_LOG', async () => {
  const level = async (argv: string[], MSB_LOG?: string): Promise<string> => {
    const parsed = await parse(argv, MSB_LOG === undefined ? {} : { MSB_LOG });
    assert.equal(parsed.kind, 'invocation');
    return parsed.level;
  };
  assert.equal(await level(['status']), 'info');
  assert.equal(await level(['--error', 'status', '--debug', '--warn']), 'debug');
  assert.equal(await level(['status'], 'WARN'), 'warn');
  assert.equal(await level(['status', '--error'], 'trace'), 'error');
  assert.equal(await level(['status'], 'loud'), 'info');
});

test('check', async () => {
  assert.deepEqual(await invocation('check'), {
    command: 'check',
    path: undefined,
    json: false,
    strict: false,
  });
  assert.deepEqual(await invocation('check', '-f', 'x', '--json', '--strict'), {
    command: 'check',
    path: 'x',
    json: true,
    strict: true,
  });
});

test('add takes a whole definition', async () => {
  assert.deepEqual(
    await invocation(
      ...['add', 'a', 'b', '-i', 'alpine', '--memory', '512', '--cpu', '2', '-v', './x:/x', '-v', '/y'],
      ...['-p', '80:80', '--env', 'A=b=c', '--env-file', '.env', '--depends-on', 'db', '--workdir', '/w'],
      ...['--shell', '/bin/sh', '--script', 'start=one', '--script', 'test=a=b', '--start', 'two'],
      ...['--import', 'lib=/l', '--export', 'out=/o', '--scope', 'ANY', '-f', 'dev.yaml'],
    ),
    {
      command: 'add',
      path: 'dev.yaml',
      section: 'sandboxes',
      names: ['a', 'b'],
      definition: {
        image: 'alpine',
        memory: '512',
        cpus: '2',
        shell: '/bin/sh',
        volumes: ['./x:/x', '/y'],
        ports: ['80:80'],
        envs: ['A=b=c'],
        envFile: '.env',
        dependsOn: ['db'],
        workdir: '/w',
        scripts: new Map([
          ['start', 'two'],
          ['test', 'a=b'],
        ]),
        imports: new Map([['lib', '/l']]),
        exports: new Map([['out', '/o']]),
        scope: 'any',
        vmm: undefined,
      },
    },
  );
});

test('add writes down what is to run a sandbox, wherever that stands in the line', async () => {
  for (const line of [
    ['--vmm', 'qemu', 'add', 'a', '-i', 'alpine'],
    ['add', 'a', '-i', 'alpine', '--vmm', 'qemu'],
  ]) {
    const parsed = await invocation(...line);
    assert.equal(parsed.command === 'add' ? parsed.definition.vmm : '', 'qemu');
  }
  const build = await invocation('add', 'a', '--build', '-i', 'alpine', '--vmm', 'qemu');
  assert.equal(build.command === 'add' ? build.definition.vmm : '', undefined);
});

test('what cannot be added or removed is a mistake of the command line', async () => {
  assert.match(await usageError('add', 'a'), /--image <image>' not specified \| msb add /);
  assert.match(await usageError('add', '-i', 'x'), /missing required argument 'names' \| msb add /);
  assert.match(await usageError('add', 'a', '-i', 'x', '--script', 'start'), /argument 'start' is invalid/);
  assert.match(await usageError('add', 'a', '-i', 'x', '--export', 'o'), /argument 'o' is invalid/);
  assert.equal(
    await usageError('remove', '-s', '-b', 'a'),
    'cannot specify both `--sandbox` and `--build` flags | msb remove [options] <names...>',
  );
  assert.match(await usageError('rm'), /missing required argument 'names'/);
});

test('the switches say what the names are', async () => {
  const remove = { command: 'remove', path: undefined, names: ['a'] } as const;
  assert.deepEqual(await invocation('rm', 'a'), { ...remove, section: 'sandboxes' });
  assert.deepEqual(await invocation('remove', '-s', 'a'), { ...remove, section: 'sandboxes' });
  assert.deepEqual(await invocation('remove', '--build', 'a'), { ...remove, section: 'builds' });
  assert.deepEqual(await invocation('remove', '-g', 'a'), { ...remove, section: 'groups' });
  const add = await invocation('add', '-g', 'team');
  assert.ok(add.command === 'add' && add.section === 'groups');
});

test('doctor looks only, unless it is told to try again or to mend', async () => {
  const none = { command: 'doctor', path: undefined, json: false, probe: false, fix: false };
  assert.deepEqual(await invocation('doctor'), none);
  assert.deepEqual(await invocation('doctor', '--probe', '--fix', '--json', '-f', 'x'), {
    ...none,
    path: 'x',
    json: true,
    probe: true,
    fix: true,
  });
});

test('port adds, removes and lists', async () => {
  const path = undefined;
  assert.deepEqual(await invocation('port', 'ls'), { command: 'port-ls', path, names: [] });
  assert.deepEqual(await invocation('port', 'add', 'web', '8080:80', '--address', '0.0.0.0'), {
    command: 'port-add',
    path,
    name: 'web',
    port: '8080:80',
    address: '0.0.0.0',
  });
  assert.deepEqual(await invocation('port', 'rm', 'web', '53/udp', '-f', 'x'), {
    command: 'port-rm',
    path: 'x',
    name: 'web',
    port: '53/udp',
  });
  assert.match(await usageError('port', 'add', 'web'), /missing required argument/);
});
