import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile, planSandbox, restateSandbox } from '../index.ts';

function parse(sandbox: string) {
  return parseSandboxfile(`sandboxes: {a: {image: x, scripts: {start: x}, ${sandbox}}}`, { folder: '/p' });
}

function problemsOf(sandbox: string): readonly string[] {
  return parse(sandbox)
    .problems.filter(({ severity }) => severity !== 'hint')
    .map(({ id, severity }) => `${severity} ${id}`);
}

const OPTION = ['error SBX-VOLUME-OPTION'];

function options(text: string): string {
  return `volumes: [".:/work"], volume_options: {/work: {${text}}}`;
}

test('problems of patterns, private folders and quotas', () => {
  const many = Array.from({ length: 65 }, (_, n) => `f${String(n)}`).join(', ');
  const expected: Readonly<Record<string, readonly string[]>> = {
    'hide: [.env, .git, "secrets/*.pem", "**/keys/id", "[a-c]x", "[^\\\\]]", "/top/", "\\\\!x"]': [],
    'private: [node_modules, packages/a/node_modules, ./x/], quota: 500 MB': [],
    'quota: 5, hide: [], private: []': [],
    'hide: [""]': OPTION,
    'hide: ["/"]': OPTION,
    'hide: ["!x"]': OPTION,
    'hide: ["../x"]': OPTION,
    'hide: ["a//b"]': OPTION,
    'hide: ["[a"]': OPTION,
    'hide: ["[]"]': OPTION,
    'hide: ["a\\\\"]': OPTION,
    [`hide: ["${'x'.repeat(257)}"]`]: OPTION,
    [`hide: [${many}]`]: OPTION,
    [`private: [${many}]`]: OPTION,
    'private: [/x]': OPTION,
    'private: [a/../../x]': OPTION,
    'private: ["."]': OPTION,
    'private: [a, a/b]': OPTION,
    'private: [node_modules], hide: [Node_Modules]': OPTION,
    'private: [a/b], hide: [/a]': OPTION,
    'quota: 0': OPTION,
    'quota: lots': OPTION,
    'quota: 500 B': OPTION,
    'hide: .env': ['error SBX-TYPE'],
    'hidden: [.env]': ['warning SBX-UNKNOWN-KEY'],
  };
  for (const [text, ids] of Object.entries(expected)) {
    assert.deepEqual(problemsOf(options(text)), ids, text);
  }
});

test('options are of a volume that there is', () => {
  assert.deepEqual(problemsOf('volume_options: {/work: {hide: [a]}}'), OPTION);
  assert.deepEqual(problemsOf('volumes: [".:/work"], volume_options: {/wrok: {hide: [a]}}'), OPTION);
  assert.deepEqual(problemsOf('volumes: [".:/work"], volume_options: {/x/../work/: {hide: [a]}}'), []);
  assert.deepEqual(problemsOf('volumes: [".:/work"], volume_options: {work: {}}'), [
    'error SBX-VOLUME-GUEST',
  ]);
});

test('another volume of the same folder that hides less is told', () => {
  const two = (other: string, more = '') =>
    problemsOf(`volumes: [".:/work", "${other}:/other"], volume_options: {/work: {hide: [.env]}${more}}`);
  const shown = ['warning SBX-VOLUME-SHOWN'];
  assert.deepEqual(two('.'), shown);
  assert.deepEqual(two('/p/src'), shown);
  assert.deepEqual(two('..'), shown);
  assert.deepEqual(two('../q'), []);
  assert.deepEqual(two('./src', ', /other: {hide: [.env]}'), []);
});

test('options reach the plan, and stay what they are in a restated file', () => {
  const { project } = parse(options('hide: [.env], private: [./node_modules/], quota: 2 GB'));
  const sandbox = project.sandboxes.get('a');
  assert.ok(sandbox);
  const { mounts } = planSandbox(sandbox);
  const wanted = { hide: ['.env'], private: ['node_modules'], quotaBytes: 2 * 1024 ** 3 };
  assert.deepEqual(mounts, [{ host: '/p', guest: '/work', readOnly: false, options: wanted }]);
  const again = parseSandboxfile(restateSandbox(sandbox, { name: 'b', ports: [] }));
  assert.deepEqual(
    again.problems.filter(({ severity }) => severity !== 'hint'),
    [],
  );
  assert.deepEqual(again.project.sandboxes.get('b')?.volumeOptions.get('/work'), wanted);
});
