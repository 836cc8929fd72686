import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocumentEdit, type Range, type WorkspaceEdit } from 'vscode-languageserver-types';
import type { LanguageDocument } from '../document-types.ts';
import { marked, type Marked } from '../testing/workspace.ts';
import { definition } from './definition.ts';
import { highlights } from './highlights.ts';
import { references } from './references.ts';
import { prepareRename, rename, RenameRefused } from './rename.ts';

type More = Readonly<Record<string, string>>;

const WEB =
  'sandboxes:\n  web:\n    image: a\n    depends_on: [db, "cache"]\n  db:\n    image: b\n    depends_on:\n      - cache\n  cache: {image: c}\n';

/** `file:line:column` with the text there, lines and columns from 1. */
function show({ workspace }: Marked, uri: string, range: Range): string {
  const name = uri.slice('file:///project/'.length);
  const { text, lines } = workspace.file(name);
  const source = text.slice(lines.offsetAt(range.start), lines.offsetAt(range.end));
  return `${name}:${range.start.line + 1}:${range.start.character + 1} ${source}`.trimEnd();
}

function defined(text: string, more?: More): string[] {
  const at = marked(text, more);
  return definition(at.workspace, at.document, at.position).map((link) =>
    show(at, link.targetUri, link.targetSelectionRange),
  );
}

function referred(text: string, more?: More, declaration = true): string[] {
  const at = marked(text, more);
  return references(at.workspace, at.document, at.position, declaration).map(({ uri, range }) =>
    show(at, uri, range),
  );
}

function highlighted(text: string): string[] {
  const at = marked(text);
  return highlights(at.workspace, at.document, at.position).map(({ range, kind }) => {
    return `${show(at, at.document.uri, range)} ${kind === 3 ? 'write' : 'read'}`;
  });
}

/** Texts of the changed files. */
function renamed(text: string, newName: string, more?: More): Record<string, string> {
  const at = marked(text, more);
  const edit = rename(at.workspace, at.document, at.position, newName);
  return edit === undefined ? {} : apply(at, edit);
}

function apply({ workspace }: Marked, { documentChanges = [] }: WorkspaceEdit): Record<string, string> {
  return Object.fromEntries(
    documentChanges.filter(TextDocumentEdit.is).map(({ textDocument: { uri }, edits }) => {
      const name = uri.slice('file:///project/'.length);
      const document: LanguageDocument = workspace.file(name);
      const whole = TextDocument.create(uri, 'sandboxfile', 1, document.text);
      return [
        name,
        TextDocument.applyEdits(
          whole,
          edits.filter((edit) => 'newText' in edit),
        ),
      ];
    }),
  );
}

test('definition and references of a sandbox', () => {
  assert.deepEqual(defined(WEB.replace('[db', '[d|b')), ['Sandboxfile:5:3 db']);
  assert.deepEqual(defined(WEB.replace('"cache"', '"cac|he"')), ['Sandboxfile:9:3 cache']);
  assert.deepEqual(defined(WEB.replace('image: b', 'ima|ge: b')), []);
  const places = ['Sandboxfile:4:22 "cache"', 'Sandboxfile:8:9 cache', 'Sandboxfile:9:3 cache'];
  assert.deepEqual(referred(WEB.replace('- cache', '- |cache')), places);
  assert.deepEqual(referred(WEB.replace('  cache:', '  cache|:'), {}, false), places.slice(0, 2));
  assert.deepEqual(highlighted(WEB.replace('- cache', '- |cache')), [
    'Sandboxfile:4:22 "cache" read',
    'Sandboxfile:8:9 cache read',
    'Sandboxfile:9:3 cache write',
  ]);
});

test('a build and a sandbox of one name are two things', () => {
  const text =
    'builds:\n  x: {image: a}\n  y: {depends_on: [x|]}\nsandboxes:\n  x: {image: a}\n  y: {depends_on: [x]}\n';
  assert.deepEqual(referred(text), ['Sandboxfile:2:3 x', 'Sandboxfile:3:20 x']);
});

const ARTIFACTS =
  'builds:\n  one:\n    exports: {bin: /o}\n  two:\n    exports: {doc: /d}\n' +
  'sandboxes:\n  a:\n    imports:\n      bin: /bin/x\n      two: {doc: /doc}\n      host: ./x\n';

test('artifacts, group volumes and scripts', () => {
  assert.deepEqual(defined(ARTIFACTS.replace('bin: /b', 'b|in: /b')), ['Sandboxfile:3:15 bin']);
  assert.deepEqual(defined(ARTIFACTS.replace('two: {', 't|wo: {')), ['Sandboxfile:4:3 two']);
  assert.deepEqual(defined(ARTIFACTS.replace('{doc: /doc', '{d|oc: /doc')), ['Sandboxfile:5:15 doc']);
  assert.deepEqual(defined(ARTIFACTS.replace('host:', 'ho|st:')), []);
  const group =
    'groups:\n  g:\n    volumes: {data: /d}\nsandboxes:\n  a:\n    groups: {g: {volumes: {data: /x}}}\n';
  assert.deepEqual(defined(group.replace('{data: /x', '{|data: /x')), ['Sandboxfile:3:15 data']);
  assert.deepEqual(defined(group.replace('{g:', '{g|:')), ['Sandboxfile:2:3 g']);
  assert.deepEqual(referred('sandboxes:\n  a:\n    scripts: {go|: x}\n'), ['Sandboxfile:3:15 go']);
});

test('anchors: definition, references, rename', () => {
  const text = 'x: &one {a: b}\ny: *on|e\nz: &one c\nw: *one\nt: "*one"\n';
  assert.deepEqual(defined(text), ['Sandboxfile:1:5 one']);
  assert.deepEqual(referred(text), ['Sandboxfile:1:5 one', 'Sandboxfile:2:5 one']);
  assert.deepEqual(renamed(text, 'two'), {
    Sandboxfile: 'x: &two {a: b}\ny: *two\nz: &one c\nw: *one\nt: "*one"\n',
  });
  assert.throws(() => renamed(text, 'a b'), RenameRefused);
});

const MODULES = {
  'db.yaml': 'sandboxes:\n  postgres: {image: p}\n  admin:\n    image: q\n    depends_on: [postgres]\n',
  'other.yaml':
    'modules:\n  ./db.yaml: {postgres: {}}\nsandboxes:\n  o: {image: o, depends_on: [postgres]}\n',
};
const MAIN =
  'modules:\n  ./db.yaml:\n    postgres: {as: pg}\n    admin:\nsandboxes:\n  web:\n    image: a\n    depends_on: [pg, admin]\n';

test('definition and references across three files', () => {
  assert.deepEqual(defined(MAIN.replace('[pg', '[p|g'), MODULES), ['db.yaml:2:3 postgres']);
  assert.deepEqual(defined(MAIN.replace('./db', './d|b'), MODULES), ['db.yaml:1:1']);
  const everywhere = [
    'db.yaml:2:3 postgres',
    'db.yaml:5:18 postgres',
    'Sandboxfile:3:5 postgres',
    'Sandboxfile:3:20 pg',
    'Sandboxfile:8:18 pg',
    'other.yaml:2:15 postgres',
    'other.yaml:4:30 postgres',
  ];
  assert.deepEqual(referred(MAIN.replace('[pg', '[p|g'), MODULES), everywhere);
  assert.deepEqual(referred(MAIN.replace('postgres', '|postgres'), MODULES), everywhere);
  assert.deepEqual(referred(MAIN.replace('./db', '|./db'), MODULES), [
    'Sandboxfile:2:3 ./db.yaml',
    'other.yaml:2:3 ./db.yaml',
  ]);
});

test('rename across three files', () => {
  assert.deepEqual(renamed(MAIN.replace('postgres', '|postgres'), 'store', MODULES), {
    'db.yaml': MODULES['db.yaml'].replaceAll('postgres', 'store'),
    Sandboxfile: MAIN.replace('postgres', 'store'),
    'other.yaml': MODULES['other.yaml'].replaceAll('postgres', 'store'),
  });
  assert.deepEqual(renamed(MAIN.replace(', admin]', ', ad|min]'), 'boss', MODULES), {
    'db.yaml': MODULES['db.yaml'].replace('admin', 'boss'),
    Sandboxfile: MAIN.replaceAll('admin', 'boss'),
  });
  const only = MAIN.replace('as: pg', 'as: database').replace('[pg', '[database');
  assert.deepEqual(renamed(MAIN.replace('[pg', '[p|g'), 'database', MODULES), { Sandboxfile: only });
  assert.deepEqual(renamed(MAIN.replace('as: pg', 'as: |pg'), 'database', MODULES), { Sandboxfile: only });
});

test('what shares its name with another kind is renamed alone, and imported under both names', () => {
  const module =
    'sandboxes:\n  x: {image: a}\n  y: {image: a, depends_on: [x]}\nbuilds:\n  x: {image: b, exports: {o: /o}}\n';
  const files = {
    'm.yaml': module,
    'flow.yaml': 'modules: {./m.yaml: {x: , y: }}\n',
    'as.yaml': 'modules:\n  ./m.yaml:\n    "x":\n      as: z # both\nsandboxes:\n  s: {depends_on: [z]}\n',
  };
  const main =
    'modules:\n  ./m.yaml:\n    x:\nsandboxes:\n  s: {image: a, depends_on: [x], imports: {x: {o: /o}}}\n';
  assert.deepEqual(renamed(main.replace('on: [x', 'on: [|x'), 'new', files), {
    'm.yaml': module.replace('  x: {image: a}', '  new: {image: a}').replace('[x]', '[new]'),
    Sandboxfile: main.replace('    x:', '    new:\n    x:').replace('[x]', '[new]'),
    'flow.yaml': 'modules: {./m.yaml: {new: , x: , y: }}\n',
    'as.yaml': files['as.yaml'].replace(
      '    "x":\n      as: z',
      '    "new":\n      as: z # both\n    "x":\n      as: z',
    ),
  });
  assert.deepEqual(Object.keys(renamed(main.replace('    x:', '    |x:'), 'new', { 'm.yaml': module })), [
    'm.yaml',
    'Sandboxfile',
  ]);
});

test('rename changes no file outside of the workspace', () => {
  const text = 'modules:\n  ../other/m.yaml: {x: }\nsandboxes:\n  a: {image: b, depends_on: [|x]}\n';
  const more = { '/other/m.yaml': 'sandboxes:\n  x: {image: a}\n' };
  assert.throws(() => renamed(text, 'y', more), /named in \/other\/m\.yaml, outside of the workspace/);
});

test('rename keeps quotes and quotes what needs them', () => {
  const text = WEB.replace('[db', '[d|b');
  assert.deepEqual(renamed(text, "it's: x"), { Sandboxfile: WEB.replaceAll(/\bdb\b/g, '"it\'s: x"') });
  assert.deepEqual(renamed(WEB.replace('"cache"', '"|cache"'), 'a,b'), {
    Sandboxfile: WEB.replaceAll(/(?<!")cache(?!")/g, '"a,b"').replace('"cache"', '"a,b"'),
  });
});

test('rename refuses what would not mean the same', () => {
  const at = (name: string) => () => renamed(WEB.replace('[db', '[d|b'), name);
  assert.throws(at('web'), /'web' exists already in \/project\/Sandboxfile/);
  assert.throws(at('a/b'), /must not contain '\/'/);
  assert.throws(at(''), RenameRefused);
  assert.throws(() => renamed(MAIN.replace('[pg', '[p|g'), 'web', MODULES), /exists already/);
  assert.throws(() => renamed(MAIN.replace('postgres', '|postgres'), 'admin', MODULES), /exists already/);
  assert.throws(
    () => renamed(MAIN.replace('\n    admin:', '\n    |admin:'), 'web', MODULES),
    /exists already/,
  );
  assert.deepEqual(at('db')(), {});
});

test('prepare: the name without its quotes; nothing where there is no known name', () => {
  const prepare = (text: string, more?: More) => {
    const at = marked(text, more);
    const target = prepareRename(at.workspace, at.document, at.position);
    return target && `${show(at, at.document.uri, target.range)} ${target.placeholder}`;
  };
  assert.equal(prepare(WEB.replace('"cache"', '"ca|che"')), 'Sandboxfile:4:23 cache cache');
  assert.equal(prepare(WEB.replace('image: a', 'ima|ge: a')), undefined);
  assert.equal(prepare('sandboxes:\n  a: {depends_on: [nob|ody]}'), undefined);
  assert.equal(prepare(MAIN.replace('postgres', '|postgres')), undefined);
  assert.equal(prepare(MAIN.replace('[pg', '[p|g')), 'Sandboxfile:8:18 pg pg');
});
