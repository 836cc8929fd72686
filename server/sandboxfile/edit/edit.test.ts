import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addComponents, NEW_SANDBOXFILE, parseSandboxfile, removeComponents } from '../index.ts';

const ALL = {
  image: 'alpine',
  scope: 'none',
  memory: '512',
  cpus: '2',
  shell: '/bin/ash',
  volumes: ['./a:/b'],
  ports: ['8080:80', '9000'],
  envs: ['A=b: c #x', 'EMPTY='],
  envFile: './x.env',
  dependsOn: ['db'],
  workdir: '/w',
  scripts: new Map([
    ['start', 'echo hi'],
    ['two', 'a\nb\n'],
  ]),
  imports: new Map([['file', './f']]),
  exports: new Map([['out', '/o']]),
};

test('a new file has no sandboxes and no problems', () => {
  const { project, problems } = parseSandboxfile(NEW_SANDBOXFILE);
  assert.deepEqual([project.sandboxes.size, problems], [0, []]);
});

test('keys are written in their order, values as typed', () => {
  const added = addComponents(NEW_SANDBOXFILE, 'sandboxes', ['api'], ALL);
  assert.ok(added.ok);
  assert.equal(
    added.text,
    `${NEW_SANDBOXFILE}  api:
    image: alpine
    memory: 512
    cpus: 2
    shell: /bin/ash
    volumes:
      - ./a:/b
    ports:
      - 8080:80
      - "9000"
    envs:
      - "A=b: c #x"
      - EMPTY=
    env_file: ./x.env
    depends_on:
      - db
    workdir: /w
    scripts:
      start: echo hi
      two: |
        a
        b
    imports:
      file: ./f
    exports:
      out: /o
    scope: none
`,
  );
});

const TEXTS = [
  NEW_SANDBOXFILE,
  'sandboxes:',
  'sandboxes: {}\n',
  'sandboxes: # why\nbuilds:\n',
  '{sandboxes: {x: {image: y}}}',
  'sandboxes:\n  a:\n    image: x # c\n    # deep\n\n# end\nbuilds:\n  q: {image: z}\n',
  'sandboxes:\r\n    a:\r\n        image: x\r\n',
  'sandboxes:\n a:\n    image: x\n    scripts:\n      start: |+\n        hi\n\n\nbuilds:\n',
  'sandboxes:\n  a:\n    image: x',
  'sandboxes:\n  a:\n    image: x\n...\n',
  'sandboxes: &q\n  a: &r\n    image: x\n  b: *r\n',
  '  sandboxes:\n    ? a\n    : image: x\n  meta:\n',
  '\uFEFF---\nsandboxes:\n  a: {image: x}\n',
  'sandboxes:\n  a:\n    image: x\n    shell:   \n\n',
];

suite('adding and removing again restores every byte', () => {
  for (const text of TEXTS) {
    test(JSON.stringify(text), () => {
      const names = ['n1', 'n 2'];
      const added = addComponents(text, 'sandboxes', names, ALL);
      assert.ok(added.ok);
      const { project, problems } = parseSandboxfile(added.text);
      assert.ok(problems.every(({ severity }) => severity !== 'error'));
      assert.deepEqual(project.sandboxes.get('n 2')?.scripts, ALL.scripts);
      assert.deepEqual(removeComponents(added.text, 'sandboxes', names), { ok: true, text });
    });
  }
});

test('a missing section is appended', () => {
  for (const [text, expected] of [
    ['', 'groups:\n  g:\n'],
    ['# c', '# c\ngroups:\n  g:'],
    ['builds: {}\n', 'builds: {}\ngroups:\n  g:\n'],
    ['{}', '{groups: {"g": {}}}'],
  ] as const) {
    assert.deepEqual(addComponents(text, 'groups', ['g'], {}), { ok: true, text: expected });
  }
});

test('steps are what a build’s scripts are', () => {
  const added = addComponents('', 'builds', ['b'], { image: 'x', scripts: new Map([['start', 'make']]) });
  assert.ok(added.ok);
  assert.equal(added.text, 'builds:\n  b:\n    image: x\n    steps:\n      start: make\n');
});

suite('what is refused', () => {
  const text = 'sandboxes:\n  a:\n    image: x\n';
  const refused = (names: readonly string[], definition: Parameters<typeof addComponents>[3]) => {
    const result = addComponents(text, 'sandboxes', names, definition);
    return result.ok ? undefined : result.message;
  };

  test('a name that exists, also among several', () => {
    const message = "configuration validation error: Sandbox with name 'a' already exists";
    assert.equal(refused(['a'], { image: 'x' }), message);
    assert.equal(refused(['b', 'a'], { image: 'x' }), message);
    assert.match(refused(['b', 'b'], { image: 'x' }) ?? '', /'b' already exists/);
  });
  test('values that mean nothing', () => {
    assert.match(refused(['b'], { image: 'X' }) ?? '', /failed to parse OCI reference/);
    assert.match(refused(['b'], { image: 'x', ports: ['1:2:3'] }) ?? '', /invalid port pair/);
    assert.match(refused(['b/c'], { image: 'x' }) ?? '', /invalid name/);
    assert.match(refused(['b'], {}) ?? '', /missing field `image`/);
  });
  test('text that cannot be read', () => {
    assert.ok(!addComponents('a: [', 'sandboxes', ['b'], { image: 'x' }).ok);
    assert.ok(!addComponents('- a', 'sandboxes', ['b'], { image: 'x' }).ok);
  });
  test('removing what is not there removes nothing', () => {
    const result = removeComponents(text, 'sandboxes', ['a', 'x', 'y'], 'dev.yaml');
    assert.ok(!result.ok && result.message === "cannot find sandbox: 'x, y' in 'dev.yaml'");
  });
  test('removing what others need as an anchor', () => {
    assert.ok(!removeComponents('sandboxes:\n  a: &a {image: x}\n  b: *a\n', 'sandboxes', ['a']).ok);
  });
});
