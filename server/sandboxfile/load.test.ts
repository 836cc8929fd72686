import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadSandboxfile, startOrder, type ParseResult, type ProjectFiles } from './index.ts';

/** Loads `/p/Sandboxfile` of these files. */
async function load(
  files: Readonly<Record<string, string>>,
  more: Partial<ProjectFiles> = {},
): Promise<ParseResult> {
  const options = { folder: '/p', file: 'Sandboxfile' };
  const reader = { readFile: (path: string) => files[path], ...more };
  return await loadSandboxfile(files['/p/Sandboxfile'] ?? '', options, reader);
}

function shown({ problems }: ParseResult): readonly string[] {
  return problems.map(({ id, range, severity }) => `${severity} ${id} ${String(range.start.line)}`);
}

const MAIN = `modules:
  ./infra/database.yaml:
    postgres: {}
  ./infra/redis.yaml:
    redis:
      as: cache
sandboxes:
  app:
    image: node:20
    depends_on: [postgres, cache]
`;

suite('modules', () => {
  test('components come under their new names, with their own folder', async () => {
    const result = await load({
      '/p/Sandboxfile': MAIN,
      '/p/infra/database.yaml': 'sandboxes: {postgres: {image: pg, volumes: ["./data:/data"]}}',
      '/p/infra/redis.yaml': 'sandboxes: {redis: {image: r}, other: {image: x}}',
    });
    assert.deepEqual(shown(result), []);
    const { project } = result;
    assert.deepEqual([...project.sandboxes.keys()], ['app', 'postgres', 'cache']);
    assert.equal(project.sandboxes.get('postgres')?.origin.folder, '/p/infra');
    assert.deepEqual(startOrder(project, ['app']), { ok: true, names: ['postgres', 'cache', 'app'] });
  });

  test('references follow the names of the importing file', async () => {
    const result = await load({
      '/p/Sandboxfile':
        'modules: {./m: {api: , db: {as: store}, base: , net: }}\nsandboxes: {web: {image: x, depends_on: [api]}}\n',
      '/p/m': [
        'groups: {net: }',
        'builds: {base: {image: x, exports: {out: /o}}}',
        'sandboxes:',
        '  db: {image: x}',
        '  api: {image: x, depends_on: [db], imports: {out: /i}, groups: {net: }}',
      ].join('\n'),
    });
    assert.deepEqual(shown(result), []);
    const api = result.project.sandboxes.get('api');
    assert.deepEqual(api?.dependsOn, ['store']);
    assert.deepEqual(api.imports, [{ kind: 'artifact', build: 'base', name: 'out', guest: '/i' }]);
  });

  test('what an imported component needs must be imported too', async () => {
    const result = await load({
      '/p/Sandboxfile': 'modules:\n  ./m:\n    api:\n',
      '/p/m': 'sandboxes: {db: {image: x}, api: {image: x, depends_on: [db]}}',
    });
    assert.deepEqual(shown(result), ['warning SBX-DEP-UNKNOWN 3']);
    const order = startOrder(result.project, ['api']);
    assert.ok(!order.ok && order.reason === 'dependency-not-found');
  });

  test('builds and groups that are imported for nothing', async () => {
    const module =
      'builds: {used: {image: x, exports: {o: /o}}, idle: {image: x}, step: {image: x}, both: {image: x}}\n' +
      'sandboxes: {both: {image: x}}\ngroups: {team: {}, lonely: {}}\n';
    const result = await load({
      '/p/Sandboxfile':
        'modules:\n  ./m:\n    used:\n    idle: {as: rest}\n    step:\n    both:\n    team:\n    lonely:\n' +
        'builds:\n  b: {image: x, depends_on: [step]}\n' +
        'sandboxes:\n  a: {image: x, imports: {o: /o}, groups: {team: }}\n',
      '/p/m': module,
    });
    assert.deepEqual(shown(result), ['hint SBX-UNUSED 4', 'hint SBX-UNUSED 8']);
    assert.equal(result.problems[0]?.message, "build 'rest' is imported and not used");
  });

  test('a missing file, a missing component, a name that is taken', async () => {
    const result = await load({
      '/p/Sandboxfile':
        'modules:\n  ./gone: {x: }\n  ./m:\n    nope:\n    b: {as: a}\nsandboxes:\n  a: {image: x, depends_on: [x]}\n',
      '/p/m': 'sandboxes: {b: {image: x}}',
    });
    assert.deepEqual(shown(result), [
      'error SBX-MODULE-NOT-FOUND 2',
      'error SBX-MODULE-COMPONENT 4',
      'error SBX-MODULE-CONFLICT 5',
    ]);
  });

  test('a module with errors is an error of its importer', async () => {
    const result = await load({
      '/p/Sandboxfile': 'modules:\n  ./m: {b: }\n',
      '/p/m': 'sandboxes:\n  b: {image: X}\n',
    });
    assert.deepEqual(shown(result), ['error SBX-MODULE-INVALID 2']);
    assert.equal(result.problems[0]?.related?.[0]?.file, '/p/m');
    assert.equal(result.problems[0].related[0].range.start.line, 2);
  });

  test('files that import one another', async () => {
    assert.deepEqual(shown(await load({ '/p/Sandboxfile': 'modules: {./Sandboxfile: {a: }}' })), [
      'error SBX-MODULE-CYCLE 1',
    ]);
    const circle = await load({
      '/p/Sandboxfile': 'modules:\n  ./a: {x: }\n',
      '/p/a': 'modules: {./b: {x: }}',
      '/p/b': 'modules: {../p/Sandboxfile: {x: }}',
    });
    assert.deepEqual(shown(circle), ['error SBX-MODULE-CYCLE 2']);
  });

  test('32 levels are fine, 33 are not', async () => {
    const chain = (levels: number) =>
      Object.fromEntries([
        ['/p/Sandboxfile', 'modules: {./m1: }'],
        ...Array.from({ length: levels }, (_, index) => [
          `/p/m${String(index + 1)}`,
          index + 1 < levels ? `modules: {./m${String(index + 2)}: }` : '',
        ]),
      ]) as Record<string, string>;
    assert.deepEqual(shown(await load(chain(32))), []);
    assert.deepEqual(shown(await load(chain(33))), ['error SBX-MODULE-DEPTH 1']);
  });
});

test('what the host lacks', async () => {
  const text = [
    'sandboxes:',
    '  a:',
    '    image: ./root',
    '    volumes: [./src:/src]',
    '    env_file: gone.env',
    '  b:',
    '    image: ./img.tar#v1',
    '    env_file: ./b.env',
    '',
  ].join('\n');
  const result = await load(
    { '/p/Sandboxfile': text, '/p/b.env': 'A=1\nnonsense\n' },
    {
      exists: (path) => path === '/p/img.tar',
      imageConfig: () => ({ env: [], entrypoint: [], cmd: [], workingDir: '' }),
    },
  );
  assert.deepEqual(shown(result), [
    'hint SBX-NO-ENTRY 2',
    'warning SBX-IMAGE-PATH 3',
    'warning SBX-VOLUME-HOST 4',
    'warning SBX-ENVFILE-PATH 5',
    'hint SBX-NO-ENTRY 6',
    'error SBX-ENVFILE 8',
  ]);
  assert.equal(result.problems.at(-1)?.message, './b.env:2: expected KEY=VALUE');
});

test('what the host lacks for an imported component is told at the import, with its place', async () => {
  const result = await load(
    {
      '/p/Sandboxfile': 'modules:\n  ./sub/m:\n    db:\n      as: store\n',
      '/p/sub/m': 'sandboxes:\n  db:\n    image: x\n    volumes: [./data:/data]\n    env_file: ./db.env\n',
    },
    { exists: () => false },
  );
  assert.deepEqual(shown(result), ['warning SBX-VOLUME-HOST 3', 'warning SBX-ENVFILE-PATH 3']);
  const [volume] = result.problems;
  assert.equal(volume?.message, "'db' of module './sub/m': host path does not exist: /p/sub/data");
  assert.deepEqual(
    volume.related?.map(({ file, range }) => [file, range.start.line, range.start.column]),
    [['/p/sub/m', 4, 15]],
  );
});

test('a host that cannot say lacks nothing', async () => {
  const result = await load({ '/p/Sandboxfile': 'sandboxes: {a: {image: ./x, volumes: [./y:/y]}}' });
  assert.deepEqual(shown(result), []);
});
