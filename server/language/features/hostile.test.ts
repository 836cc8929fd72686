// Texts made to be slow or to fill the memory: an answer comes soon, whatever it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEVER, TestWorkspace } from '../testing/workspace.ts';
import { completion } from './completion.ts';
import { definition } from './definition.ts';
import { folding } from './folding.ts';
import { formatting } from './formatting.ts';
import { hover } from './hover.ts';
import { selectionRanges } from './selection-ranges.ts';

const MIB = 1024 * 1024;

const texts: Readonly<Record<string, string>> = {
  'blank lines': '\n'.repeat(10 * MIB),
  comments: '# \n'.repeat(3 * MIB),
  'open brackets': '['.repeat(10 * MIB),
  'open braces with keys': '{a: '.repeat(2 * MIB),
  'a quote that never closes': `a: "${'x'.repeat(10 * MIB)}`,
  'one long line': `a: ${'x '.repeat(5 * MIB)}`,
  'blanks in one line': `a:${' '.repeat(10 * MIB)}b`,
  'ever deeper': Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
  dashes: '- '.repeat(3 * MIB),
  anchors: '&a '.repeat(3 * MIB),
  'billion laughs': `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]\n`).join('')}`,
};

for (const [name, text] of Object.entries(texts)) {
  test(name, { timeout: 300_000 }, async () => {
    const workspace = new TestWorkspace({ Sandboxfile: text });
    const document = workspace.file();
    const position = document.lines.positionAt(text.length);
    await completion(workspace, document, position, NEVER);
    await hover(workspace, document, position, NEVER);
    definition(workspace, document, position);
    selectionRanges(document, [position]);
    assert.ok(folding(document).items.length <= 5000);
    await formatting(document);
  });
}
