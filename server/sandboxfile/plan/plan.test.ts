import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  envFilePath,
  groupVolumes,
  hasMainProgram,
  imageSource,
  parseEnvFile,
  parseSandboxfile,
  planSandbox,
  selectProgram,
  startOrder,
  stopOrder,
  type ProgramRequest,
  type Sandbox,
} from '../index.ts';

const IMAGE = {
  env: ['PATH=/bin', 'A=image', 'B=image'],
  entrypoint: ['/entry'],
  cmd: ['one', 'two'],
  workingDir: '/w',
};

function sandbox(lines: string): Sandbox {
  const { project } = parseSandboxfile(`sandboxes: {a: {image: ./root, ${lines}}}`, { folder: '/p' });
  const found = project.sandboxes.get('a');
  assert.ok(found);
  return found;
}

function selected(lines: string, request: ProgramRequest = {}, image = IMAGE): readonly string[] | string {
  const selection = selectProgram(sandbox(lines), request, image);
  return selection.ok ? [selection.program.program, ...selection.program.args] : selection.message;
}

suite('what runs', () => {
  const scripts = 'scripts: {start: s, test: t}, command: [/own, x], shell: /bin/ash';

  test('--exec, one program', () => {
    assert.deepEqual(selected(scripts, { exec: 'a b', args: ['c'] }), ['a b', 'c']);
  });
  test('a named script, the shell always', () => {
    assert.deepEqual(selected(scripts, { script: 'test', args: ['c'] }), ['/.sandbox/scripts/test', 'c']);
    assert.deepEqual(selected('', { script: 'shell' }), ['/.sandbox/scripts/shell']);
  });
  test('unknown scripts', () => {
    for (const script of ['nope', '', 'a~b']) {
      const expected = `script '${script}' not found in sandbox configuration 'a'`;
      assert.equal(selected(scripts, { script }), expected);
    }
  });
  test('start, then command, then the image, then the shell, then nothing', () => {
    const none = { ...IMAGE, entrypoint: [], cmd: [] };
    assert.deepEqual(selected(scripts, { args: ['c'] }), ['/.sandbox/scripts/start', 'c']);
    assert.deepEqual(selected('command: [/own, x]'), ['/own', 'x']);
    assert.deepEqual(selected('command: [/own, x]', { args: ['c', 'd'] }), ['/own', 'c', 'd']);
    assert.deepEqual(selected(''), ['/entry', 'one', 'two']);
    assert.deepEqual(selected('', { args: ['c'] }), ['/entry', 'c']);
    assert.deepEqual(selected('', {}, { ...IMAGE, entrypoint: [] }), ['one', 'two']);
    assert.deepEqual(selected('shell: /bin/ash', { args: ['-l'] }, none), ['/bin/ash', '-l']);
    assert.equal(selected('', {}, none), 'missing start script or exec command or shell');
  });
  test('a script and a program at once', () => {
    assert.equal(
      selected(scripts, { script: 'test', exec: 'x' }),
      'cannot specify both a script and an `--exec` option.',
    );
  });
  test('only start and command keep a detached sandbox busy', () => {
    assert.ok(hasMainProgram(sandbox('command: x')));
    assert.ok(!hasMainProgram(sandbox('scripts: {test: x}, shell: /bin/sh')));
  });
});

suite('the plan of a sandbox', () => {
  test('environment: image, env file, own, each name once', () => {
    const own = sandbox('envs: [B=own, C=1, C=2], env_file: ./x.env');
    assert.equal(envFilePath(own), '/p/x.env');
    const envFile = parseEnvFile('A=file\nD=file', 'x.env').entries;
    assert.deepEqual(planSandbox(own, { image: IMAGE, envFile }).env, [
      ...['PATH=/bin', 'A=file', 'B=own', 'D=file', 'C=2'],
    ]);
  });
  test('workdir and shell', () => {
    assert.equal(planSandbox(sandbox(''), { image: IMAGE }).workdir, '/w');
    assert.equal(planSandbox(sandbox('')).workdir, '/');
    assert.equal(planSandbox(sandbox('workdir: /x/../y'), { image: IMAGE }).workdir, '/y');
    assert.equal(planSandbox(sandbox('')).shell, '/bin/sh');
  });
  test('scripts are files with the shell’s shebang', () => {
    assert.deepEqual(planSandbox(sandbox("scripts: {start: echo hi}, shell: /bin/it's")).scripts, [
      { name: 'start', content: "#!/bin/it's\necho hi\n" },
      { name: 'shell', content: "#!/bin/it's\nexec '/bin/it'\\''s' \"$@\"\n" },
    ]);
  });
  test('mounts and the image are absolute', () => {
    const mounts = planSandbox(sandbox('volumes: ["../s:/s:ro"], imports: {f: ./file}')).mounts;
    assert.deepEqual(mounts, [
      { host: '/s', guest: '/s', readOnly: true },
      { host: '/p/file', guest: '/.sandbox/imports/f', readOnly: true },
    ]);
    const { image, origin } = sandbox('');
    assert.ok(image);
    assert.equal(imageSource(image, origin), '/p/root');
  });
  test('a member has all volumes of its groups, where it wants them', () => {
    const { project } = parseSandboxfile(
      'groups: {g: {volumes: {logs: /logs, data: /data}}, other: {volumes: {o: /o}}}\nsandboxes: {a: {image: x, groups: {g: {volumes: {logs: /l}}, unknown: }}}',
    );
    const member = project.sandboxes.get('a');
    assert.ok(member);
    assert.deepEqual(groupVolumes(member, project.groups), [
      { group: 'g', name: 'logs', guest: '/l' },
      { group: 'g', name: 'data', guest: '/data' },
    ]);
  });
  test('the scope group reaches nobody without a group', () => {
    assert.equal(planSandbox(sandbox('scope: local')).scope, 'none');
    assert.equal(planSandbox(sandbox('scope: group, groups: {g: }')).scope, 'group');
  });
});

suite('orders', () => {
  const { project } = parseSandboxfile(
    'sandboxes: {a: {image: x, depends_on: [d]}, b: {image: x}, c: {image: x, depends_on: [a, b]}, d: {image: x}}',
  );
  test('what is needed first, otherwise as in the file', () => {
    assert.deepEqual(startOrder(project), { ok: true, names: ['b', 'd', 'a', 'c'] });
    assert.deepEqual(startOrder(project, ['a']), { ok: true, names: ['d', 'a'] });
  });
  test('stopping takes only the named ones, in reverse', () => {
    assert.deepEqual(stopOrder(project), ['c', 'a', 'd', 'b']);
    assert.deepEqual(stopOrder(project, ['d', 'c']), ['c', 'd']);
  });
  test('all unknown names at once', () => {
    const order = startOrder(project, ['x', 'a', 'y']);
    assert.ok(!order.ok && order.message === "cannot find sandbox: 'x, y' in 'Sandboxfile'");
  });
});
