// Whatever is opened, the server answers, and goes on answering for the other files.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Hover } from 'vscode-languageserver';
import type { LanguageClient } from '../support/language-client.ts';
import { startLanguageServer } from '../support/language-server.ts';
import { residentBytes } from '../support/processes.ts';

const good = 'sandboxes:\n  a:\n    image: alpine\n';
const laughs = Array.from({ length: 40 }, (_, n) => `b${n + 1}: &b${n + 1} [*b${n}, *b${n}]\n`).join('');

const BAD: Readonly<Record<string, string>> = {
  'half-typed': 'sandboxes:\n  a:\n    image: al\n    po\n  b',
  tabs: 'sandboxes:\n\ta:\n\t\timage: alpine\n',
  'a merge conflict': `sandboxes:\n<<<<<<< HEAD\n  a:\n=======\n  b:\n>>>>>>> other\n    image: x\n`,
  'several documents': `${good}---\n${good}`,
  'aliases in a loop': 'a: &a [*a]\nsandboxes: *a\n',
  'billion laughs': `b0: &b0 [x, x]\n${laughs}sandboxes: {s: {image: x, volumes: *b40}}\n`,
  'ten megabytes': 'a: b\n'.repeat(2_000_000),
  NUL: 'sandboxes:\n  a\0b:\n    image: x\n',
  'half a character': 'sandboxes:\n  \ud800:\n    image: x\n',
  'CR LF': good.replaceAll('\n', '\r\n'),
  'a byte order mark': `\ufeff${good}`,
  'many lines in braces': `{sandboxes: {\n${Array.from({ length: 3_000 }, (_, n) => `s${n}: {image: x},\n`).join('')}}}\n`,
  'many lines and an anchor': `x: &x 1\nsandboxes:\n${Array.from({ length: 3_000 }, (_, n) => `  s${n}: {image: x, memory: *x}\n`).join('')}`,
  'nothing but brackets': '[{'.repeat(50_000),
  'modules that are not there': `modules:\n  ./absent.yaml:\n    x:\n  .:\n    y:\n${good}`,
};
/** Half a character does not survive the way here: it arrives as U+FFFD. */
const WITHOUT_ERRORS = [
  'CR LF',
  'a byte order mark',
  'half a character',
  'many lines in braces',
  'many lines and an anchor',
];

suite('bad input over LSP', { timeout: 300_000 }, () => {
  let folder: string;
  let client: LanguageClient;
  const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lsp-bad-'));
  });
  beforeEach(async () => {
    await mkdir(folder, { recursive: true });
    client = await startLanguageServer({ folder, initializationOptions: { trusted: true } });
    await client.open(uriOf('Sandboxfile.good'), good);
  });
  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const stillWorks = async (): Promise<void> => {
    const hover = await client.at<Hover>(
      'textDocument/hover',
      uriOf('Sandboxfile.good'),
      good.indexOf('image') + 1,
    );
    assert.match(JSON.stringify(hover), /Root file system/);
  };

  for (const [name, text] of Object.entries(BAD)) {
    test(name, async () => {
      const uri = uriOf('Sandboxfile');
      await client.open(uri, text);
      const errors = (await client.diagnostics(uri)).filter(({ severity }) => severity === 1);
      assert.equal(errors.length > 0, !WITHOUT_ERRORS.includes(name));
      await client.edit(uri, 0, 0, '# typed\n');
      await client.diagnostics(uri);
      await stillWorks();
      await client.close(uri);
      assert.ok((await residentBytes(client.pid)) < 700 * 2 ** 20);
    });
  }

  test('modules in a loop, then deleted and renamed while they are open', async () => {
    const importing = (other: string): string => `modules:\n  ./${other}:\n    a:\n      as: other\n${good}`;
    await writeFile(path.join(folder, 'one.yaml'), importing('two.yaml'));
    await writeFile(path.join(folder, 'two.yaml'), importing('one.yaml'));
    const uri = uriOf('one.yaml');
    await client.open(uri, importing('two.yaml'));
    const codes = async (): Promise<unknown[]> => (await client.diagnostics(uri)).map(({ code }) => code);
    assert.deepEqual(await codes(), ['SBX-MODULE-CYCLE']);
    await rename(path.join(folder, 'two.yaml'), path.join(folder, 'three.yaml'));
    await rm(path.join(folder, 'one.yaml'));
    await client.edit(uri, 0, 0, '# typed\n');
    assert.deepEqual(await codes(), ['SBX-MODULE-NOT-FOUND']);
    await stillWorks();
  });

  test('what finds no room is left out, and that is said once', async () => {
    const uri = uriOf('Sandboxfile');
    const many = `sandboxes:\n${'  a:\n    image: x\n'.repeat(6_000)}`;
    await client.open(uri, many);
    const said: string[] = [];
    client.connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
      said.push(message);
    });
    for (let round = 0; round < 2; round++) {
      const folds = await client.request<readonly unknown[]>('textDocument/foldingRange', {
        textDocument: { uri },
      });
      assert.equal(folds.length, 5000);
    }
    assert.deepEqual(said, ['Sandboxfile: there are too many folding ranges; 5000 are shown.']);
  });

  test('a module that is no UTF-8', async () => {
    await writeFile(path.join(folder, 'db.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x80]));
    const uri = uriOf('Sandboxfile');
    await client.open(uri, `modules:\n  ./db.yaml:\n    b:\n${good}`);
    await client.until(uri, (found) => found[0]?.code === 'SBX-MODULE-NOT-FOUND');
    await stillWorks();
  });

  test('a module is seen as it is being typed', async () => {
    const module = uriOf('db.yaml');
    const uri = uriOf('Sandboxfile');
    await client.open(module, good);
    await client.open(uri, `modules:\n  ./db.yaml:\n    b:\n${good}`);
    await client.until(uri, (found) => found[0]?.code === 'SBX-MODULE-COMPONENT');
    await client.edit(module, good.length, good.length, '  b:\n    image: alpine\n');
    await client.until(uri, (found) => found.length === 0);
  });
});

test('importers are checked again only when they can see what was typed', { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lsp-importers-'));
  t.after(() => rm(folder, { recursive: true }));
  // Not trusted, it looks around for nothing that would have files checked.
  await using client = await startLanguageServer({ folder });
  const [uri, module, other] = ['Sandboxfile', 'db.yaml', 'other.sandboxfile'].map(
    (name) => pathToFileURL(path.join(folder, name)).href,
  ) as [string, string, string];
  for (const [file, text] of [
    [module, `${good}    scripts: {start: run}\n`],
    [uri, `modules:\n  ./db.yaml:\n    a: {as: b}\n${good}`],
    [other, good],
  ] as const) {
    await client.open(file, text);
    await client.diagnostics(file);
  }
  const before = client.publications(uri);
  const last = `${good}    scripts: {start: run`.length;
  await client.edit(module, last, last, 'ner');
  await client.diagnostics(module);
  // Whatever the edit had started would be published before this.
  await client.edit(other, 0, 0, '# typed\n');
  await client.diagnostics(other);
  assert.equal(client.publications(uri), before);
  const news = client.nextDiagnostics(uri);
  await client.edit(module, good.indexOf('a:'), good.indexOf('a:') + 1, 'z');
  await news;
});

test('an untrusted workspace is not looked at', { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lsp-untrusted-'));
  t.after(() => rm(folder, { recursive: true }));
  await using client = await startLanguageServer({ folder });
  const uri = pathToFileURL(path.join(folder, 'Sandboxfile')).href;
  await client.open(uri, `modules:\n  ./absent.yaml:\n    b:\n${good}    env_file: ./absent.env\n`);
  // Whether they are there is nobody's to know.
  assert.deepEqual(await client.diagnostics(uri), []);
  await client.notify('sandboxfile/trust', { trusted: true });
  await client.until(uri, (found) => found.length === 2);
});
