import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  COMMANDS,
  LANGUAGE,
  PANELS,
  PROBLEM_MATCHERS,
  SCHEMES,
  SETTINGS,
  TASK_TYPE,
  TERMINAL_PROFILE,
  TOOLS,
  VIEWS,
} from './contributions.ts';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly languages: readonly { readonly id: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly problemMatchers: readonly ProblemMatcher[];
    readonly taskDefinitions: readonly { readonly type: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly languageModelTools: readonly { readonly name: string }[];
    readonly terminal: { readonly profiles: readonly { readonly id: string }[] };
  };
}

interface ProblemMatcher {
  readonly name: string;
  readonly pattern: { readonly regexp: string } & Readonly<Record<string, number | string>>;
}

const root = new URL('../', import.meta.url);
const text = await readFile(new URL('package.json', root), 'utf8');
const { activationEvents, contributes } = JSON.parse(text) as Manifest;

test('commands, views, tasks and profiles are those of the manifest', () => {
  const ids = (items: readonly { readonly command: string }[]): readonly string[] =>
    items.map((each) => each.command);
  assert.deepEqual(Object.values(COMMANDS).sort(), [...ids(contributes.commands)].sort());
  assert.deepEqual(
    Object.values(VIEWS),
    Object.values(contributes.views).flatMap((views) => views.map(({ id }) => id)),
  );
  const named = (what: string): readonly string[] => {
    const events = activationEvents.filter((event) => event.startsWith(`${what}:`));
    return events.map((event) => event.slice(what.length + 1));
  };
  assert.deepEqual(named('onWebviewPanel'), Object.values(PANELS));
  assert.deepEqual(named('onFileSystem'), Object.values(SCHEMES));
  assert.ok(contributes.languages.some(({ id }) => id === LANGUAGE));
  assert.deepEqual(
    contributes.taskDefinitions.map(({ type }) => type),
    [TASK_TYPE],
  );
  assert.deepEqual(
    contributes.terminal.profiles.map(({ id }) => id),
    [TERMINAL_PROFILE],
  );
});

test('settings have the names and defaults of the manifest', () => {
  const inManifest = Object.entries(contributes.configuration.properties).map(([name, each]) => [
    name,
    each.default,
  ]);
  const here = Object.values(SETTINGS).map(({ name, value }) => [name, value]);
  assert.deepEqual(here, inManifest);
});

test('tools are those of the manifest', () => {
  assert.deepEqual(
    contributes.languageModelTools.map(({ name }) => name),
    Object.values(TOOLS),
  );
});

test('menus offer known commands', () => {
  const known = new Set<string>(Object.values(COMMANDS));
  const offered = Object.values(contributes.menus).flatMap((items) => items.map((each) => each.command));
  assert.deepEqual(
    offered.filter((command) => !known.has(command)),
    [],
  );
});

test('every text that the manifest names is there, and none besides', async () => {
  const named = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key));
  const texts = JSON.parse(await readFile(new URL('package.nls.json', root), 'utf8')) as Record<
    string,
    string
  >;
  assert.deepEqual([...named].sort(), Object.keys(texts).sort());
});

const found: readonly (readonly [matcher: string, line: string, parts: Readonly<Record<string, string>>])[] =
  [
    [
      'sandboxfile',
      'Sandboxfile:4:13: error SBX-MEMORY: invalid memory size: lots',
      { file: 'Sandboxfile', line: '4', column: '13', severity: 'error', code: 'SBX-MEMORY' },
    ],
    [
      'sandboxfile-gcc',
      'src/main.c:3:5: fatal error: no such header',
      { file: 'src/main.c', line: '3', column: '5', severity: 'error', message: 'no such header' },
    ],
    ['sandboxfile-gcc', 'src/main.c:3: warning: old', { file: 'src/main.c', line: '3', severity: 'warning' }],
    ['sandboxfile-go', './main.go:7:2: undefined: x', { file: './main.go', line: '7', column: '2' }],
    ['sandboxfile-go', '    a_test.go:9: want 1', { file: 'a_test.go', line: '9', message: 'want 1' }],
    [
      'sandboxfile-tsc',
      'src/a.ts(3,14): error TS2322: Type',
      { file: 'src/a.ts', line: '3', column: '14', severity: 'error', code: 'TS2322' },
    ],
    ['sandboxfile-tsc', 'src/a.ts:3:14 - error TS2322: Type', { file: 'src/a.ts', line: '3', column: '14' }],
    ['sandboxfile-tsc-watch', 'src/a.ts(3,14): error TS2322: Type', { file: 'src/a.ts', line: '3' }],
    ['sandboxfile-pytest', 'tests/test_a.py:12: AssertionError', { file: 'tests/test_a.py', line: '12' }],
  ];

test('problem matchers are those of the manifest, and each finds its problems', () => {
  const matchers = contributes.problemMatchers;
  assert.deepEqual(
    matchers.map(({ name }) => name),
    [...PROBLEM_MATCHERS],
  );
  assert.deepEqual(new Set(found.map(([name]) => name)), new Set(PROBLEM_MATCHERS));
  for (const [name, line, parts] of found) {
    const pattern = matchers.find((each) => each.name === name)?.pattern ?? { regexp: '^$' };
    const match = new RegExp(pattern.regexp).exec(line);
    const read = Object.fromEntries(Object.keys(parts).map((part) => [part, match?.[Number(pattern[part])]]));
    assert.deepEqual(read, parts, line);
  }
});

test('a problem is found once, by those that look at every script', () => {
  const others = ['lib/a.py:3: error: Missing type', './c.go:4:2: warning: of a C compiler'];
  const matchers = contributes.problemMatchers.filter(({ name }) => !name.endsWith('-watch'));
  for (const line of [...found.map(([, each]) => each), ...others]) {
    const finding = matchers.filter(({ pattern }) => new RegExp(pattern.regexp).test(line));
    assert.equal(finding.length, 1, `${line}: ${finding.map(({ name }) => name).join()}`);
  }
});

test('problem matchers leave alone what only looks like a problem', () => {
  for (const line of ['12:30:45 listening', 'http://127.0.0.1:8080: ready', 'tests/a.py:12: in test_b', '']) {
    for (const { name, pattern } of contributes.problemMatchers) {
      assert.equal(new RegExp(pattern.regexp).test(line), false, `${name}: ${line}`);
    }
  }
});
