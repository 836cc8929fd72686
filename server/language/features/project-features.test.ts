import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Range } from 'vscode-languageserver-types';
import { finish } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';
import { marked, TestWorkspace } from '../testing/workspace.ts';
import { incomingCalls, outgoingCalls, prepareCallHierarchy } from './call-hierarchy.ts';
import { codeLenses } from './code-lenses.ts';
import { inlayHints } from './inlay-hints.ts';
import { links } from './links.ts';
import { semanticTokens } from './semantic-tokens.ts';
import { TOKEN_LEGEND } from './semantic-tokens/legend.ts';

const TEXT =
  'meta: {homepage: "https://example.com/x", readme: ./README.md}\nmodules:\n  ./db.yaml: {pg: {as: db}}\n' +
  'sandboxes:\n  web:\n    image: alpine\n    memory: 512\n    depends_on: [db]\n    volumes:\n      - ./src:/app\n' +
  '      - /abs:/abs\n    env_file: .env\n    ports: [80]\n    envs: [A=b]\n    scripts: {start: x, test-all: y}\n' +
  '  api: {image: ./rootfs, depends_on: [web], ram: 5}\n';
const FILES = {
  Sandboxfile: TEXT,
  'db.yaml': 'sandboxes:\n  pg: {image: p, scope: any, cpus: 1, memory: 5}\n',
};

function source({ text, lines }: LanguageDocument, { start, end }: Range): string {
  return text.slice(lines.offsetAt(start), lines.offsetAt(end));
}

test('links: paths of the host and URLs, without quotes and modes', () => {
  const document = new TestWorkspace(FILES).file();
  assert.deepEqual(
    links(document).items.map(({ range, target }) => `${source(document, range)} ${target}`),
    [
      './db.yaml file:///project/db.yaml',
      './README.md file:///project/README.md',
      'https://example.com/x https://example.com/x',
      './src file:///project/src',
      '/abs file:///abs',
      '.env file:///project/.env',
      './rootfs file:///project/rootfs',
    ],
  );
});

test('inlay hints: defaults and resolved paths, within the range', () => {
  const document = new TestWorkspace(FILES).file();
  const whole = document.lines.rangeOf({ start: 0, end: TEXT.length });
  const hints = inlayHints(document, whole).map(
    ({ position, label }) => `${position.line}:${position.character} ${JSON.stringify(label)}`,
  );
  assert.deepEqual(hints, [
    '4:6 "1 CPU · public"',
    '5:17 ":latest"',
    '9:18 "→ /project/src"',
    '11:18 "→ /project/.env"',
    '15:6 "1 CPU · public"',
  ]);
  const head = document.lines.rangeOf({ start: 0, end: TEXT.indexOf('volumes') });
  assert.equal(inlayHints(document, head).length, 2);
});

test('inlay hints: artifacts, and modules elsewhere', () => {
  const text =
    'modules: {../lib/m.yaml: {x: }}\nbuilds:\n  b: {image: x:1, memory: 1, cpus: 1, exports: {o: /out, p: /p}}\n' +
    'sandboxes:\n  a:\n    imports:\n      o: /in\n      b: {p: /q}\n      file: ./f\n';
  const document = new TestWorkspace({ Sandboxfile: text }).file();
  const whole = document.lines.rangeOf({ start: 0, end: text.length });
  assert.deepEqual(
    inlayHints(document, whole).map(({ position, label }) => `${position.line} ${JSON.stringify(label)}`),
    ['0 "→ /lib/m.yaml"', '4 "1024 MiB · 1 CPU · public"', '6 "← /out of b"', '7 "← /p"'],
  );
});

test('what aliases and merge keys bring is shown once', () => {
  const text =
    'x: &x\n  image: p\n  volumes: [./a:/a]\n  scripts: {start: y}\nsandboxes:\n  a: *x\n  b: *x\n  c:\n    <<: *x\n';
  const workspace = new TestWorkspace({ Sandboxfile: text });
  const document = workspace.file();
  const whole = document.lines.rangeOf({ start: 0, end: text.length });
  const hints = inlayHints(document, whole).map(
    ({ position, label }) => `${position.line} ${JSON.stringify(label)}`,
  );
  assert.equal(new Set(hints).size, hints.length);
  assert.equal(links(document).items.length, 1);
  assert.equal(finish(codeLenses(workspace, document, new Set())).items.length, 6);
});

test('code lenses follow the state', () => {
  const lenses = (state: 'running' | 'stopped' | undefined) => {
    const workspace = new TestWorkspace(FILES, { sandboxes: { state: () => state } });
    return finish(codeLenses(workspace, workspace.file(), new Set())).items.map(
      ({ range, command }) =>
        `${range.start.line} ${command?.title} ${command?.command} ${JSON.stringify(command?.arguments)}`,
    );
  };
  const target = (rest = '') => `[{"uri":"file:///project/Sandboxfile","sandbox":"web"${rest}}]`;
  assert.deepEqual(lenses('stopped').slice(0, 5), [
    `4 ▶ Run sandboxfile.run ${target()}`,
    `4 ▶ Test sandboxfile.test ${target(',"script":"test-all"')}`,
    `4 Open Terminal sandboxfile.openTerminal ${target()}`,
    `14 ▶ Run sandboxfile.run ${target(',"script":"start"')}`,
    `14 ▶ Test sandboxfile.test ${target(',"script":"test-all"')}`,
  ]);
  assert.deepEqual(lenses(undefined), lenses('stopped'));
  assert.equal(lenses('running')[0], `4 ■ Stop sandboxfile.stop ${target()}`);
});

test('builds have a lens where the client can build', () => {
  const workspace = new TestWorkspace({ Sandboxfile: 'builds:\n  b: {image: x}\n' });
  assert.deepEqual(finish(codeLenses(workspace, workspace.file(), new Set())).items, []);
  const [lens, ...more] = finish(
    codeLenses(workspace, workspace.file(), new Set(['sandboxfile.build'])),
  ).items;
  assert.deepEqual(lens?.command, {
    title: '▶ Build',
    command: 'sandboxfile.build',
    arguments: [{ uri: 'file:///project/Sandboxfile', build: 'b' }],
  });
  assert.deepEqual(more, []);
});

test('call hierarchy of depends_on, across modules', () => {
  const at = marked(TEXT.replace('  web:', '  w|eb:'), { 'db.yaml': FILES['db.yaml'] });
  const [web] = prepareCallHierarchy(at.workspace, at.document, at.position);
  assert.ok(web !== undefined);
  assert.deepEqual([web.name, web.range.start.line, web.range.end.line], ['web', 4, 14]);
  const outgoing = outgoingCalls(at.workspace, web);
  assert.deepEqual(
    outgoing.map(({ to }) => `${to.name} ${to.uri}`),
    ['pg file:///project/db.yaml'],
  );
  assert.deepEqual(
    incomingCalls(at.workspace, web).map(
      ({ from, fromRanges }) => `${from.name} ${String(fromRanges[0]?.start.line)}`,
    ),
    ['api 15'],
  );
  const [pg] = outgoing;
  assert.ok(pg !== undefined);
  assert.deepEqual(
    incomingCalls(at.workspace, pg.to).map(({ from }) => from.name),
    ['web'],
  );
  assert.deepEqual(incomingCalls(at.workspace, { ...web, uri: 'file:///gone' }), []);
});

test('semantic tokens', () => {
  const document = new TestWorkspace(FILES).file();
  const { data } = finish(semanticTokens(document));
  const shown: string[] = [];
  let [line, character] = [0, 0];
  for (let at = 0; at < data.length; at += 5) {
    const [lines = 0, characters = 0, length = 0, type = 0, modifiers = 0] = data.slice(at, at + 5);
    character = lines === 0 ? character + characters : characters;
    line += lines;
    const start = document.lines.offsetAt({ line, character });
    const names = TOKEN_LEGEND.tokenModifiers.filter((_, bit) => (modifiers & (1 << bit)) !== 0);
    shown.push([TEXT.slice(start, start + length), TOKEN_LEGEND.tokenTypes[type], ...names].join(' '));
  }
  assert.deepEqual(shown, [
    'pg class',
    'db class declaration',
    'web class declaration',
    '512 number',
    'db class',
    '80 number',
    'A variable',
    'start function declaration',
    'test-all function declaration',
    'api class declaration',
    'web class',
    'ram property deprecated',
  ]);
});
