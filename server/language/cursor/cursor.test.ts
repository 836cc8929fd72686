import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cursorAt } from './cursor.ts';
import { siblingKeys } from './siblings.ts';

/** `place path «token»` at the marker `|`. `^` stands for a bar in the text. */
function at(marked: string): string {
  const offset = marked.indexOf('|');
  const text = (marked.slice(0, offset) + marked.slice(offset + 1)).replaceAll('^', '|');
  const { place, path, token, quote, flow, colon, tight } = cursorAt(text, offset);
  const words = [
    place,
    path.map(({ key }) => key ?? '[]').join('/'),
    `«${text.slice(token.start, token.end)}»`,
    ...(quote === '' ? [] : [quote]),
    ...(flow ? ['flow'] : []),
    ...(colon ? ['colon'] : []),
    ...(tight ? ['tight'] : []),
  ];
  return words.join(' ');
}

const cases: readonly (readonly [string, string, string])[] = [
  ['an empty text', '|', 'entry  «»'],
  ['a half-typed key at the root', 'sand|', 'entry  «sand»'],
  ['a key', 'sand|boxes:', 'key  «sandboxes» colon'],
  ['right behind the colon', 'sandboxes:|', 'value sandboxes «» tight'],
  ['behind the colon and a blank', 'image: |', 'value image «»'],
  ['a value', 'a:\n  image: al|pine # c', 'value a/image «alpine»'],
  ['a comment', 'a:\n  image: alpine # c|', 'comment a/image «»'],
  ['a comment line', 'a:\n  # c|', 'comment a «»'],
  ['a blank line deeper', 'a:\n  b:\n    |\n  c: d', 'entry a/b «»'],
  ['a blank line less deep', 'a:\n  b:\n    x: y\n  |', 'entry a «»'],
  ['a blank line at the root', 'a:\n  b:\n    x: y\n|', 'entry  «»'],
  ['a list item', 'a:\n  d:\n    - x|', 'entry a/d/[] «x»'],
  ['an empty item', 'd:\n  - |', 'entry d/[] «»'],
  ['a dash without blank', 'd:\n  -|', 'entry d/[] « » tight'.replace('« »', '«»')],
  ['items below their key', 'a:\n  d:\n  - x\n  - y|', 'entry a/d/[] «y»'],
  ['a key in an item', 'd:\n  - a: 1\n    b|: 2', 'key d/[] «b» colon'],
  ['a value in an item', 'd:\n  - a: 1\n    b: 2|', 'value d/[]/b «2»'],
  ['a missing dash', 'd:\n  - a\n  b|', 'entry d «b»'],
  ['a port is no key', 'p:\n  - 80:80|', 'entry p/[] «80:80»'],
  ['double quotes', 'a: "b |c" # d', 'value a «b c» "'],
  ['quotes not closed', 'a: "b|\nc: d', 'value a «b» "'],
  ['single quotes in an item', "d:\n  - 'x|'", "value d/[] «x» '"],
  ['a quoted key', '"./db|.yaml":', 'key  «./db.yaml» " colon'],
  ['below a quoted key', 'm:\n  "./a b.yaml":\n    x|', 'entry m/./a b.yaml «x»'],
  ['block text', 's:\n  go: ^\n    echo: |\n', 'block s/go «»'],
  ['deep in block text', 's:\n  go: >-2\n    if: x\n      y: |', 'block s/go «»'],
  ['behind block text', 's:\n  go: ^\n    echo\n  |', 'entry s «»'],
  ['flow list', 'd: [a, b|]', 'value d/[] «b» flow'],
  ['empty flow list', 'd: [|]', 'value d/[] «» flow'],
  ['flow list behind a comma', 'd: [a,|', 'value d/[] «» flow tight'],
  ['flow list of lines', 'd: [a,\n  b|\n', 'value d/[] «b» flow'],
  ['flow map key', 'a: {ima|: x}', 'key a «ima» flow colon'],
  ['flow map value', 'a: {image: |, b: c}', 'value a/image «» flow'],
  ['flow in flow', 'a: {b: {c: [d, "e|"]}}', 'value a/b/c/[] «e» " flow'],
  ['behind a closed flow', 'a: {b: c} |', 'value a «»'],
  ['flow root', '{sandboxes: {web: {image: a|', 'value sandboxes/web/image «a» flow'],
  ['flow root of lines', '{ sandboxes: {\n  web: {\n    image: a|', 'value sandboxes/web/image «a» flow'],
  ['JSON', '{\n  "sandboxes": {\n    "web": {\n      "ima|', 'key sandboxes/web «ima» " flow'],
  ['a missing colon above', 'sandboxes:\n  web\n    image: a|', 'value sandboxes/web/image «a»'],
  ['tabs', 'sandboxes:\n\tweb:\n\t\timage: a|', 'value sandboxes/web/image «a»'],
  ['merge conflict', 'a:\n<<<<<<< HEAD\n  b: |\n=======\n', 'value a/b «»'],
  ['an anchor before the map', 'a: &x\n  b: |', 'value a/b «»'],
  ['an anchor before block text', 'a: &x ^\n  b: |', 'block a «»'],
  ['the second document', 'a:\n---\n  b: |', 'value b «»'],
  ['a BOM and CRLF', '\ufeffa:\r\n  b: c|\r\n', 'value a/b «c»'],
];

for (const [name, text, expected] of cases) test(name, () => assert.equal(at(text), expected));

test('keys beside the cursor', () => {
  const text = 'a:\n  x: 1\n  y:\n    z: 2\n  \n  w: 3\nb: 4\n';
  const cursor = cursorAt(text, text.indexOf('  \n') + 2);
  assert.deepEqual([...siblingKeys(text, cursor)].sort(), ['w', 'x', 'y']);
});

test('keys beside the cursor in a list of maps', () => {
  const text = 'a:\n  - x: 1\n    y: 2\n    \n  - z: 3\n';
  const cursor = cursorAt(text, text.indexOf('    \n') + 4);
  assert.deepEqual([...siblingKeys(text, cursor)].sort(), ['x', 'y']);
});
