import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { marked } from '../testing/workspace.ts';
import { rangeFormatting, replacementsFor } from './formatting.ts';
import { applyReplacements } from './formatting/replacement.ts';

async function format(text: string): Promise<string> {
  const once = applyReplacements(text, await replacementsFor(text));
  assert.equal(applyReplacements(once, await replacementsFor(once)), once, 'formatting twice equals once');
  return once;
}

const cases: readonly (readonly [string, string, string])[] = [
  ['indentation', 'a:\n    b:\n        c: d\n    e: f\n', 'a:\n  b:\n    c: d\n  e: f\n'],
  ['one column', 'a:\n b:\n  c: d\n', 'a:\n  b:\n    c: d\n'],
  ['items below their key', 'a:\n- x\n-   y\nb: c\n', 'a:\n  - x\n  - y\nb: c\n'],
  ['maps in items', 'a:\n-   x: 1\n    y: 2\n-\n    z: 3\n', 'a:\n  - x: 1\n    y: 2\n  -\n    z: 3\n'],
  ['items in items', 'a:\n- - x\n  -  - y\n', 'a:\n  - - x\n    - - y\n'],
  ['blanks around a colon', 'a :  b\n"c"   :   \'d\'\n', 'a: b\n"c": \'d\'\n'],
  ['blanks at line ends', 'a:  \n  b: c \t\n', 'a:\n  b: c\n'],
  ['blank lines', '\n\na: b\n\n\n\nc: d\n\n\n', 'a: b\n\nc: d\n'],
  ['a missing line end', 'a: b', 'a: b\n'],
  [
    'comments keep their text',
    '#  x \na:   # y  \n    # z\n    b: c #\tw\n  # v\n# u',
    '#  x \na:   # y  \n  # z\n  b: c #\tw\n# v\n# u\n',
  ],
  [
    'a comment behind block text',
    'a:\n    b: |\n        t\n    # c\n    d: e\n',
    'a:\n  b: |\n    t\n  # c\n  d: e\n',
  ],
  [
    'block text',
    'a:\n    b: |\n            x\n              y  \n\n            z\n\n\nc: d\n',
    'a:\n  b: |\n    x\n      y  \n\n    z\n\nc: d\n',
  ],
  [
    'block text with an indentation of its own',
    'a:\n    b: |2\n         x\n       y\n',
    'a:\n  b: |2\n       x\n     y\n',
  ],
  ['block text that keeps its end', 'a:\n    b: |+\n        x\n\n\n', 'a:\n  b: |+\n    x\n\n\n'],
  ['block text without line end', 'a:\n    b: |\n        x', 'a:\n  b: |\n    x'],
  [
    'blank lines with blanks in block text',
    'a:\n        b: |\n                x\n            \n                  \n                y\n',
    'a:\n  b: |\n    x\n\n      \n    y\n',
  ],
  [
    'quoted text of several lines',
    'a:\n    b: "x\n      y  \n\n      z"   \n',
    'a:\n  b: "x\n    y  \n\n    z"\n',
  ],
  ['plain text of several lines', 'a:\n    b: x\n        y\n', 'a:\n  b: x\n      y\n'],
  ['flow stays', 'a:   [x,y,  { z : 1}]   # c\n', 'a: [x,y,  { z : 1}]   # c\n'],
  [
    'flow of several lines',
    'a:\n    b: [\n        x, # c  \n        y\n    ]\n',
    'a:\n  b: [\n      x, # c  \n      y\n  ]\n',
  ],
  [
    'anchors, aliases, tags',
    'a:   &x   !!str  b\nc: &y\n    d: *x\ne:  *y\n',
    'a: &x   !!str  b\nc: &y\n  d: *x\ne: *y\n',
  ],
  ['merge keys', 'a: &x\n    b: c\nd:\n    <<:   *x\n', 'a: &x\n  b: c\nd:\n  <<: *x\n'],
  ['numbers', 'a:   00012345678901234567890\nb:  1.10\n', 'a: 00012345678901234567890\nb: 1.10\n'],
  ['CRLF', 'a:\r\n    b:  c  \r\n\r\n\r\n    d: e', 'a:\r\n  b: c\r\n\r\n  d: e\r\n'],
  ['a BOM', '\ufeffa:\n    b: c\n', '\ufeffa:\n  b: c\n'],
  ['a document start', '--- # x\na:\n    b: c\n', '--- # x\na:\n  b: c\n'],
  ['a value on its own line', 'a:\n      b\nc:\n      &x\n      d: e\n', 'a:\n  b\nc:\n  &x\n  d: e\n'],
  ['null', 'a:\n    b:\n    c: ~\n', 'a:\n  b:\n  c: ~\n'],
];

for (const [name, text, expected] of cases)
  test(name, async () => assert.equal(await format(text), expected));

async function formatLines(text: string, first: number, last: number): Promise<string> {
  const { document } = marked(text);
  const end = { line: last, character: 10_000 };
  const edits = await rangeFormatting(document, { start: { line: first, character: 3 }, end });
  const whole = TextDocument.create(document.uri, 'sandboxfile', 1, text);
  return TextDocument.applyEdits(whole, [...edits]);
}

test('some lines: what can be changed in them alone', async () => {
  const text = 'a:\n    b:   c  \n    d:  e  \nf:\n    g:  h \n';
  assert.equal(await formatLines(text, 4, 4), text.replace('    g:  h ', '  g: h'));
  assert.equal(await formatLines(text, 1, 2), 'a:\n  b: c\n  d: e\nf:\n    g:  h \n');
  assert.equal(await formatLines(text, 1, 1), 'a:\n    b: c\n    d:  e  \nf:\n    g:  h \n');
  assert.equal(await formatLines(text, 0, 4), await format(text));
  const block = 'a:\n      b: |\n          x\n          y\n';
  assert.equal(await formatLines(block, 2, 2), block);
  assert.equal(await formatLines('a:  [b\n', 0, 1), 'a:  [b\n');
});

test('what is better left alone', async () => {
  for (const text of [
    '? a\n: b\n',
    '[a,  b]\n',
    'a',
    '',
    '# only\n\n\n',
    '---\na:  b\n---\nc:  d\n',
    '{a:  b}\n',
    'a: [b\n',
  ]) {
    assert.equal(await format(text), text);
  }
});
