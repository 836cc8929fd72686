import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentSymbol, SelectionRange } from 'vscode-languageserver-types';
import { marked, TestWorkspace } from '../testing/workspace.ts';
import { documentSymbols } from './document-symbols.ts';
import { folding } from './folding.ts';
import { links } from './links.ts';
import { selectionRanges } from './selection-ranges.ts';
import { workspaceSymbols } from './workspace-symbols.ts';

const TEXT =
  'sandboxes:\n  web:\n    image: a\n    scripts:\n      start: |\n        one\n        two\n  db: {image: p}\n' +
  'builds:\n  b:\n    steps: {go: x}\n    exports: {o: /o}\ngroups:\n  g:\n    volumes:\n      v: /v\n';

function document(text: string) {
  return new TestWorkspace({ Sandboxfile: text }).file();
}

function tree(symbols: readonly DocumentSymbol[], depth = ''): string[] {
  return symbols.flatMap(({ name, range, children }) => [
    `${depth}${name} ${range.start.line}-${range.end.line}`,
    ...tree(children ?? [], `${depth}.`),
  ]);
}

test('document symbols', () => {
  assert.deepEqual(tree(documentSymbols(document(TEXT)).items), [
    'sandboxes 0-7',
    '.web 1-6',
    '..start 4-6',
    '.db 7-7',
    'builds 8-11',
    '.b 9-11',
    '..go 10-10',
    '..o 11-11',
    'groups 12-15',
    '.g 13-15',
    '..v 15-15',
  ]);
});

test('document symbols lie within their ranges, whatever aliases and nulls there are', () => {
  const text = 'x: &x {image: a}\nsandboxes:\n  a: *x\n  b:\n  "": {<<: *x}\n  c: ~\nbuilds:\n';
  for (const { range, selectionRange } of flat(documentSymbols(document(text)).items)) {
    assert.ok(range.start.line <= selectionRange.start.line && range.end.line >= selectionRange.end.line);
  }
});

function flat(symbols: readonly DocumentSymbol[]): DocumentSymbol[] {
  return symbols.flatMap((symbol) => [symbol, ...flat(symbol.children ?? [])]);
}

test('workspace symbols, by letters in order', () => {
  const workspace = new TestWorkspace({ Sandboxfile: TEXT, 'x.yaml': 'sandboxes:\n  webber: {}\n' });
  const names = (query: string) =>
    workspaceSymbols(workspace, query).items.map(
      ({ name, containerName }) => `${containerName ?? ''}/${name}`,
    );
  assert.deepEqual(names('wb'), ['/web', '/webber']);
  assert.deepEqual(names('START'), ['web/start']);
  assert.equal(names('').length, 8);
});

test('folding by indentation, comments too', () => {
  const folds = folding(document(`# a\n# b\n${TEXT}\n\n`)).items.map(({ startLine, endLine, kind }) =>
    `${startLine}-${endLine} ${kind ?? ''}`.trim(),
  );
  assert.deepEqual(folds, [
    '0-1 comment',
    '2-9',
    '3-8',
    '5-8',
    '6-8',
    '10-13',
    '11-13',
    '14-17',
    '15-17',
    '16-17',
  ]);
});

test('what is left out is said', () => {
  const many = `sandboxes:\n${Array.from({ length: 10_001 }, (_, n) => `  s${String(n)}:\n    image: x\n`).join('')}`;
  const workspace = new TestWorkspace({ Sandboxfile: many });
  const symbols = documentSymbols(workspace.file());
  assert.equal(symbols.limit, 10_000);
  assert.equal(flat(symbols.items).length, 10_000);
  const folds = folding(workspace.file());
  assert.deepEqual([folds.limit, folds.items.length], [5000, 5000]);
  assert.equal(folding(workspace.file(), 7).items.length, 7);
  const found = workspaceSymbols(workspace, 's');
  assert.deepEqual([found.limit, found.items.length], [500, 500]);
  const volumes = Array.from({ length: 5001 }, (_, n) => `      - ./${String(n)}:/${String(n)}\n`).join('');
  const linked = links(document(`sandboxes:\n  a:\n    image: x\n    volumes:\n${volumes}`));
  assert.deepEqual([linked.limit, linked.items.length], [5000, 5000]);
  assert.equal(documentSymbols(document(TEXT)).limit, undefined);
});

test('folding of items right below their key, and of broken text', () => {
  const folds = (text: string) =>
    folding(document(text)).items.map(({ startLine, endLine }) => `${startLine}-${endLine}`);
  assert.deepEqual(folds('a:\n- b: 1\n  c: 2\n- d\ne: f\n'), ['0-3', '1-2']);
  assert.deepEqual(folds('a\n  b: [\n      c\r\n\td"\n'), ['0-3', '1-2']);
});

function selected(text: string): string[] {
  const at = marked(text);
  const [first] = selectionRanges(at.document, [at.position]);
  const texts: string[] = [];
  for (let range: SelectionRange | undefined = first; range !== undefined; range = range.parent) {
    const { start, end } = range.range;
    texts.push(at.document.text.slice(at.document.lines.offsetAt(start), at.document.lines.offsetAt(end)));
  }
  return texts;
}

test('selection ranges from the inside to the outside', () => {
  assert.deepEqual(selected('a:\n  b:\n    - "x |y"\n    - z\n  c: d\n'), [
    'x y',
    '"x y"',
    '- "x y"',
    'b:\n    - "x y"\n    - z',
    'a:\n  b:\n    - "x y"\n    - z\n  c: d',
    'a:\n  b:\n    - "x y"\n    - z\n  c: d\n',
  ]);
  assert.deepEqual(selected('d: [a, b|c]'), ['bc', '[a, bc]', 'd: [a, bc]']);
  assert.deepEqual(selected('|'), ['']);
});
