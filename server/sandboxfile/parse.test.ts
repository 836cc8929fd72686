import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseSandboxfile, type Sandbox } from './index.ts';

function faults(text: string): readonly string[] {
  return parseSandboxfile(text).problems.map(({ id, range }) => `${id} ${String(range.start.line)}`);
}

/** A file with one sandbox `a` of these lines. */
function box(...lines: readonly string[]): string {
  return ['sandboxes:', '  a:', '    image: x', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

function read(...lines: readonly string[]): Sandbox {
  const { project, problems } = parseSandboxfile(box(...lines));
  assert.deepEqual(problems, []);
  const found = project.sandboxes.get('a');
  assert.ok(found);
  return found;
}

suite('leniency', () => {
  test('an absent, empty or null section is an empty one', () => {
    for (const text of [
      '',
      '# c\n',
      '---\n',
      'sandboxes:',
      'sandboxes: null\n',
      'sandboxes: {}\n',
      'sandboxes: ~',
    ]) {
      const { project, problems } = parseSandboxfile(text);
      assert.deepEqual(problems, [], text);
      assert.equal(project.sandboxes.size, 0);
    }
  });

  test('numbers and booleans are text where text is wanted', () => {
    const sandbox = read(
      'ports: [8080]',
      'scripts: {start: 5, on: true}',
      'envs: [A=1]',
      'command: [1.50, no]',
    );
    assert.equal(sandbox.ports[0]?.host, 8080);
    assert.deepEqual(
      [...sandbox.scripts],
      [
        ['start', '5'],
        ['on', 'true'],
      ],
    );
    assert.deepEqual(sandbox.command, ['1.50', 'no']);
  });

  test('quoted numbers are numbers where numbers are wanted', () => {
    const { memoryMib, cpus } = read('memory: "512"', "cpus: '2'");
    assert.deepEqual([memoryMib, cpus], [512, 2]);
  });

  test('a key without a value is absent', () => {
    const { scope, memoryMib, volumes, workdir } = read('scope:', 'memory:', 'volumes:', 'workdir: null');
    assert.deepEqual([scope, memoryMib, volumes, workdir], ['public', 1024, [], undefined]);
  });

  test('image must say something', () => {
    for (const value of ['', 'null', '~', '""', "''"]) {
      assert.deepEqual(faults(`sandboxes:\n  a:\n    image: ${value}\n`), ['SBX-REQUIRED 3'], value);
    }
    assert.deepEqual(faults('sandboxes:\n  a:\n'), ['SBX-REQUIRED 2']);
  });

  test('aliases and merge keys', () => {
    const text = [
      'builds: {b: &base {image: x, cpus: 2, memory: 64}}',
      'sandboxes:',
      '  a: {<<: *base, cpus: 3}',
      '  c: *base',
      '  d: {<<: [{memory: 1}, *base]}',
    ].join('\n');
    const { project, problems } = parseSandboxfile(text);
    assert.deepEqual(problems, []);
    const [a, c, d] = ['a', 'c', 'd'].map((name) => project.sandboxes.get(name));
    assert.deepEqual([a?.cpus, a?.memoryMib, c?.cpus, d?.memoryMib, d?.cpus], [3, 64, 2, 1, 2]);
  });

  test('an unquoted pair of numbers is no number, also in old YAML', () => {
    assert.equal(
      parseSandboxfile(`%YAML 1.1\n---\n${box('ports: [22:22]')}`).project.sandboxes.get('a')?.ports[0]?.host,
      22,
    );
  });
});

suite('values in several forms', () => {
  test('steps as a list, a map and a string', () => {
    const steps = (value: string) =>
      parseSandboxfile(`builds: {b: {image: x, steps: ${value}}}`)
        .project.builds.get('b')
        ?.steps.map(({ text }) => text);
    assert.deepEqual(steps('[make]'), ['make']);
    assert.deepEqual(steps('{start: make}'), ['make']);
    assert.deepEqual(steps('make'), ['make']);
  });

  test('scope in any case and place', () => {
    assert.equal(read('scope: LOCAL').scope, 'group');
    assert.equal(parseSandboxfile(box('network: {scope: Any}')).project.sandboxes.get('a')?.scope, 'any');
    assert.equal(parseSandboxfile(box('network: {reach: local}')).project.sandboxes.get('a')?.scope, 'group');
    assert.equal(
      parseSandboxfile(box('network: {scope: any}', 'scope: none')).project.sandboxes.get('a')?.scope,
      'none',
    );
  });

  test('command and exec', () => {
    assert.deepEqual(read('command: top').command, ['top']);
    assert.deepEqual(read('command: sleep 5', 'shell: /bin/bash').command, ['/bin/bash', '-c', 'sleep 5']);
    const both = parseSandboxfile(box('command: [a]', 'exec: b'));
    assert.deepEqual(both.project.sandboxes.get('a')?.command, ['a']);
    assert.match(both.problems[0]?.message ?? '', /ignored/);
  });
});

suite('problems', () => {
  test('a chain of 32 dependencies is fine, of 33 is not', () => {
    const chain = (length: number) =>
      `sandboxes:\n${Array.from(
        { length: length + 1 },
        (_, index) =>
          `  s${String(index)}: {image: x${index < length ? `, depends_on: [s${String(index + 1)}]` : ''}}\n`,
      ).join('')}`;
    assert.deepEqual(faults(chain(32)), []);
    assert.deepEqual(faults(chain(33)), ['SBX-DEP-DEPTH 2']);
    assert.deepEqual(faults(chain(40)), ['SBX-DEP-DEPTH 9']);
  });

  test('dependencies: itself, unknown, twice', () => {
    const { problems } = parseSandboxfile(box('depends_on: [a, b, b]'));
    assert.deepEqual(
      problems.map(({ id }) => id),
      ['SBX-DEP-CYCLE', 'SBX-DEP-UNKNOWN', 'SBX-DEP-DUP'],
    );
    assert.equal(problems[0]?.message, 'dependency cycle: a -> a');
  });

  test('an unknown dependency is never likened to the sandbox itself', () => {
    const text = 'sandboxes:\n  cache: {image: x, depends_on: [cachee]}\n  cached: {image: x}\n';
    assert.deepEqual(parseSandboxfile(text).problems[0]?.data, { name: 'cachee', suggestion: 'cached' });
  });

  test('the same host port, here and in another sandbox', () => {
    const text = `${box('ports: [80, 80/udp, "80:81"]')}  b: {image: x, ports: ["80:1"]}\n`;
    const { problems } = parseSandboxfile(text);
    assert.deepEqual(
      problems.map(({ id, severity, message }) => [id, severity, message]),
      [
        ['SBX-PORT-DUP', 'error', "host port 80 is already used by 'a'"],
        ['SBX-PORT-DUP', 'warning', "host port 80 is already used by 'a'"],
      ],
    );
  });

  test('imports: ambiguous, missing, and a host path', () => {
    const text = [
      'builds:',
      '  p: {image: x, exports: {out: /o}}',
      '  q: {image: x, exports: {out: /o, rel: o}}',
      'sandboxes:',
      '  a:',
      '    image: x',
      '    imports:',
      '      out: /a',
      '      none: /b',
      '      file: ./here',
      '      ../up: ./here',
      '',
    ].join('\n');
    assert.deepEqual(faults(text), [
      'SBX-EXPORT-PATH 3',
      'SBX-IMPORT-AMBIGUOUS 8',
      'SBX-IMPORT-EXPORT 9',
      'SBX-IMPORT-PATH 11',
    ]);
  });

  test('groups: outside of the subnet, the same address twice', () => {
    const member = (ip: string) => `{image: x, groups: {g: {network: {ip: ${ip}}}}}`;
    const text = `groups: {g: {network: {subnet: 10.0.0.0/24}}}\nsandboxes:\n  a: ${member('10.0.1.1')}\n  b: ${member('10.0.0.2')}\n  c: ${member('10.0.0.2')}\n`;
    assert.deepEqual(faults(text), ['SBX-GROUP-NET 3', 'SBX-GROUP-NET 5']);
  });

  test('groups: a volume over another one, a volume’s name that is no folder’s', () => {
    const member = (volumes: string) => `{image: x, volumes: [./a:/logs/a], groups: {g: ${volumes}}}`;
    const text = `groups: {g: {volumes: {logs: /logs, ../up: /up}}}\nsandboxes:\n  a: ${member('{volumes: {logs: /l}}')}\n  b: ${member('')}\n`;
    assert.deepEqual(faults(text), ['SBX-NAME 1', 'SBX-VOLUME-OVERLAP 4']);
  });

  test('a value set twice, an odd name, a link that is none, the agent’s port', () => {
    const text = `meta: {homepage: nowhere}\n${box('envs: [A=1, A=2]', 'ports: ["1:4444"]')}  "b c": {image: x}\n`;
    assert.deepEqual(faults(text), ['SBX-URL 1', 'SBX-ENV-DUP 5', 'SBX-PORT-AGENT 6', 'SBX-NAME-RPC 7']);
  });

  test('a suggestion comes as data', () => {
    const { problems } = parseSandboxfile(box('volums: []'));
    assert.deepEqual(problems[0]?.data, { suggestion: 'volumes' });
  });
});

suite('broken text', () => {
  test('what can be understood is there', () => {
    const { project, problems } = parseSandboxfile(
      'sandboxes:\n  a:\n    image: alpine\n    cpus: [\n  b:\n    image: x',
    );
    assert.ok(problems.some(({ id }) => id === 'SBX-YAML'));
    assert.ok(project.sandboxes.has('a'));
  });

  const broken: Readonly<Record<string, readonly string[]>> = {
    'a: 1\n---\nb: 2\n': ['SBX-UNKNOWN-KEY 1', 'SBX-YAML 2'],
    'sandboxes:\n  a:\n\timage: x\n': ['SBX-REQUIRED 2', 'SBX-YAML 3'],
    just: ['SBX-ROOT 1'],
    'sandboxes: *nope\n': ['SBX-YAML 1'],
    'sandboxes: &s {a: *s}\n': ['SBX-REQUIRED 1', 'SBX-YAML 1'],
    'sandboxes: {? [x] : y}\n': ['SBX-TYPE 1'],
    'meta: {description: "a\0b"}\n': ['SBX-TYPE 1', 'SBX-YAML 1'],
  };
  for (const [text, expected] of Object.entries(broken)) {
    test(JSON.stringify(text), () => {
      assert.deepEqual(faults(text), expected);
    });
  }

  test('lines end in LF, CR LF or CR, and a byte order mark counts', () => {
    for (const end of ['\n', '\r\n']) {
      assert.deepEqual(faults(box('cpus: 0').replaceAll('\n', end)), ['SBX-CPUS 4']);
    }
    assert.deepEqual(faults(`\uFEFF${box('cpus: 0')}`), ['SBX-CPUS 4']);
  });
});

test('text that is no YAML says it once a line', () => {
  const conflict =
    'sandboxes:\n  a:\n    image: x\n<<<<<<< HEAD\n    cpus: 2\n=======\n    cpus: 4\n>>>>>>> feature\n';
  const { problems } = parseSandboxfile(conflict);
  assert.ok(problems.length >= 2);
  for (const { id, message } of problems) {
    assert.equal(id, 'SBX-YAML');
    assert.match(message, /^unresolved merge conflict: keep one side/);
  }
  const tabs = parseSandboxfile('sandboxes:\n\ta:\n\t\timage: x\n').problems;
  assert.deepEqual(
    tabs.map(({ id, range }) => `${id} ${String(range.start.line)}`),
    ['SBX-YAML 2', 'SBX-YAML 3'],
  );
});
