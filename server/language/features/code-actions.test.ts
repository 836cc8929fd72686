import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { TextDocumentEdit, type CodeAction } from 'vscode-languageserver-types';
import { parseSandboxfile } from '../../sandboxfile/index.ts';
import { marked, type Marked } from '../testing/workspace.ts';
import { codeActions, resolveCodeAction } from './code-actions.ts';

function offered(at: Marked): readonly CodeAction[] {
  const range = { start: at.position, end: at.position };
  return codeActions(at.workspace, at.document, range, []).map((action) =>
    resolveCodeAction(at.workspace, action),
  );
}

function titles(text: string): string[] {
  return offered(marked(text)).map(({ title }) => title);
}

/** The text after the first action, or that with a title. */
function fixed(text: string, title?: string): string {
  const at = marked(text);
  const actions = offered(at);
  const action = actions.find((action) => title === undefined || action.title === title);
  const [change] = action?.edit?.documentChanges?.filter(TextDocumentEdit.is) ?? [];
  assert.ok(change !== undefined, `no edit in ${actions.map(({ title }) => title).join('; ')}`);
  const whole = TextDocument.create(at.document.uri, 'sandboxfile', 1, at.document.text);
  const edits = change.edits.filter((edit) => 'newText' in edit);
  return TextDocument.applyEdits(whole, edits);
}

test('did you mean', () => {
  assert.equal(fixed('sandbox|s: {}\n'), 'sandboxes: {}\n');
  assert.equal(fixed('sandboxes:\n  a:\n    "ima|ge ": x # c\n'), 'sandboxes:\n  a:\n    "image": x # c\n');
  assert.equal(
    fixed('sandboxes:\n  a: {image: x, scope: pub|ic}\n'),
    'sandboxes:\n  a: {image: x, scope: public}\n',
  );
  assert.equal(
    fixed('sandboxes:\n  a: {image: x, vmm: qe|mmu}\n'),
    'sandboxes:\n  a: {image: x, vmm: qemu}\n',
  );
  const needs = "sandboxes:\n  web: {image: x}\n  a: {image: x, depends_on: ['we|bb']}\n";
  assert.equal(fixed(needs), needs.replace("'we|bb'", "'web'"));
  const group = 'groups:\n  back: {}\nsandboxes:\n  a: {image: x, groups: {ba|c: {}}}\n';
  assert.equal(fixed(group), group.replace('ba|c:', 'back:'));
});

test('create what is missing, at the end of its section, every other byte kept', () => {
  const text =
    'sandboxes: # mine\n  a:\n    image: x\n    depends_on:\n      - database|\n# end\nbuilds: {}\n';
  assert.equal(
    fixed(text, "Create sandbox 'database'"),
    text.replace('|', '').replace('# end\n', '  database:\n    image: x\n# end\n'),
  );
  const group = 'sandboxes:\n  a: {image: x, groups: {g|: {}}}\n';
  assert.match(fixed(group, "Create group 'g'"), /^groups:\n {2}g:/m);
  const build = 'sandboxes:\n  a: {image: x, imports: {b|: {o: /o}}}\n';
  assert.equal(parseSandboxfile(fixed(build, "Create build 'b'")).project.builds.get('b')?.image?.text, 'x');
  assert.deepEqual(titles('sandboxes:\n  a: {image: x, depends_on: [a/b|]}\n'), []);
});

test('add the required key', () => {
  const image = 'image: builtin:busybox';
  assert.equal(fixed('sandboxes:\n  a|:\n'), `sandboxes:\n  a:\n    ${image}\n`);
  assert.equal(
    fixed('sandboxes:\n  a|: # c\n\n      cpus: 1\n'),
    `sandboxes:\n  a: # c\n      ${image}\n\n      cpus: 1\n`,
  );
  assert.equal(fixed('sandboxes:\n  a|: ~ # c\n'), `sandboxes:\n  a: # c\n    ${image}\n`);
  assert.equal(fixed('sandboxes:\n  a|: {}\n'), `sandboxes:\n  a: {${image}}\n`);
  assert.equal(fixed('sandboxes:\n  a|: {cpus: 1}\n'), `sandboxes:\n  a: {${image}, cpus: 1}\n`);
  assert.equal(
    fixed('sandboxes:\r\n  a|:\r\n    cpus: 1\r\n'),
    `sandboxes:\r\n  a:\r\n    ${image}\r\n    cpus: 1\r\n`,
  );
  assert.equal(
    fixed('sandboxes:\n  b: {image: p}\n  a:\n    ima|ge:\n'),
    'sandboxes:\n  b: {image: p}\n  a:\n    image: p\n',
  );
  assert.equal(fixed('sandboxes:\n  a:\n    ima|ge: null # c\n'), `sandboxes:\n  a:\n    ${image} # c\n`);
  assert.equal(fixed('sandboxes:\n  a|:'), `sandboxes:\n  a:\n    ${image}`);
});

test('choose a free port', () => {
  const text =
    'sandboxes:\n  a: {image: x, ports: ["8080:80"]}\n  b: {image: x, ports: ["80|80:90/tcp", 8081]}\n';
  assert.equal(fixed(text), text.replace('80|80:90/tcp', '8082:90'));
});

test('migrate deprecated keys', () => {
  const a = 'sandboxes:\n  a:\n    image: x\n    ';
  assert.equal(fixed(`${a}ra|m: 512 # c\n`), `${a}memory: 512 # c\n`);
  assert.equal(fixed(`${a}"ex|ec": ls -l\n`), `${a}"command": ls -l\n`);
  assert.equal(fixed(`${a}net|work:\n      scope: any\n    cpus: 1\n`), `${a}scope: any\n    cpus: 1\n`);
  assert.equal(fixed(`${a}net|work: {reach: 'none'}\n`), `${a}scope: 'none'\n`);
  assert.deepEqual(titles(`${a}net|work: # why\n      scope: any # this\n`), []);
  assert.equal(
    fixed(`${a}pro|xy:\n      type: x\n      # c\n    cpus: 1\n`),
    `${a.trimEnd()}\n    cpus: 1\n`,
  );
  assert.equal(fixed(`${a}memory: 5\n    r|am: 6\n    cpus: 1\n`), `${a}memory: 5\n    cpus: 1\n`);
  assert.equal(
    fixed('builds:\n  b:\n    image: x\n    scr|ipts: {a: b}\n'),
    'builds:\n  b:\n    image: x\n    steps: {a: b}\n',
  );
});

test('the rest', () => {
  const base = 'sandboxes:\n  b: {image: x}\n  a:\n    image: x\n    ';
  assert.equal(fixed(`${base}depends_on:\n      - b\n      - b|\n`), `${base}depends_on:\n      - b\n`);
  assert.equal(fixed(`${base}depends_on: [b, b|]\n`), `${base}depends_on: [b]\n`);
  assert.equal(fixed(`${base}volumes: [./sr|c]\n`), `${base}volumes: [./src:/src]\n`);
  assert.equal(fixed(`${base}volumes:\n      - "./src:app|"\n`), `${base}volumes:\n      - "./src:/app"\n`);
  assert.equal(fixed('sandboxes:\n|\ta:\n\t\timage: x\n'), 'sandboxes:\n  a:\n    image: x\n');
  const builds = 'builds:\n  p: {image: x, exports: {o: /o}}\n  q: {image: x, exports: {o: /o}}\n';
  const importing = `${builds}sandboxes:\n  a:\n    image: x\n    imports:\n      o|: /in\n`;
  assert.deepEqual(titles(importing), ["Import from build 'p'", "Import from build 'q'"]);
  assert.equal(fixed(importing, "Import from build 'q'"), importing.replace('o|: /in', 'q: {o: /in}'));
});

test('a repeated key is removed or renamed', () => {
  const text = 'sandboxes:\n  a:\n    image: x\n  a|:\n    image: y # mine\n  a-2: {image: z}\n';
  assert.deepEqual(titles(text), ["Remove this 'a'", "Rename to 'a-3'"]);
  assert.equal(fixed(text), 'sandboxes:\n  a:\n    image: x\n  a-2: {image: z}\n');
  assert.equal(fixed(text, "Rename to 'a-3'"), text.replace('a|:', 'a-3:'));
  const keys = 'sandboxes:\n  a: {image: x, cpus: 1, "cp|us": 2, memory: 5}\n';
  assert.deepEqual(titles(keys), ["Remove this 'cpus'"]);
  assert.equal(fixed(keys), 'sandboxes:\n  a: {image: x, cpus: 1, memory: 5}\n');
});

test('a key is removed from braces with one comma', () => {
  for (const [before, after] of [
    ['{image: x, pro|xy: {a: [b, "}"]}, cpus: 1}', '{image: x, cpus: 1}'],
    ['{pro|xy: {a: b}, image: x}', '{image: x}'],
    ["{image: x, pro|xy: 'it''s, }'}", '{image: x}'],
    ['{image: x,\n    pro|xy: a # why, }\n    }', '{image: x\n    }'],
  ] as const) {
    assert.equal(fixed(`sandboxes:\n  a: ${before}\n`), `sandboxes:\n  a: ${after}\n`);
  }
});

test('a missing module or env file is made', () => {
  const at = marked(
    'modules:\n  ./new/db.yaml:\n    pg: {as: db}\n    cache:\nsandboxes:\n  a: {image: p:1}\n',
  );
  const { start } = at.document.lines.rangeOf({ start: 11, end: 24 });
  const problem = {
    id: 'SBX-MODULE-NOT-FOUND',
    severity: 'error',
    message: '',
    range: {
      start: { offset: 11, line: 2, column: 3 },
      end: { offset: 24, line: 2, column: 16 },
    },
  } as const;
  const document = { ...at.document, problems: [problem] };
  const [action] = codeActions(at.workspace, document, { start, end: start }, []);
  assert.equal(action?.title, "Create './new/db.yaml'");
  assert.deepEqual(action.edit?.documentChanges, [
    {
      kind: 'create',
      uri: 'file:///project/new/db.yaml',
      options: { ignoreIfExists: false, overwrite: false },
    },
    {
      textDocument: { uri: 'file:///project/new/db.yaml', version: null },
      edits: [
        {
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
          newText: 'sandboxes:\n  pg:\n    image: p:1\n  cache:\n    image: p:1\n',
        },
      ],
    },
  ]);
});

test('an action of an older version is not worked out', () => {
  const at = marked('sandboxes:\n  a: {image: x, depends_on: [db|]}\n');
  const range = { start: at.position, end: at.position };
  const [action] = codeActions(at.workspace, at.document, range, []);
  assert.ok(action !== undefined);
  const stale = { ...action, data: { ...(action.data as object), version: 7 } };
  assert.equal(resolveCodeAction(at.workspace, stale).edit, undefined);
  assert.equal(resolveCodeAction(at.workspace, { title: 'x', data: 'junk' }).edit, undefined);
});

test('every fix of a solved problem solves it', () => {
  const at = marked('sandboxes:\n  a|:\n    ram: 5\n    depends_on: [web1]\n  web: {image: y}\n');
  for (const text of ['a|:', 'r|am', '[web|1']) {
    const source = at.document.text.replace(text.replace('|', ''), text);
    const before = parseSandboxfile(source.replace('|', '')).problems.length;
    assert.equal(parseSandboxfile(fixed(source)).problems.length, before - 1, text);
  }
});
