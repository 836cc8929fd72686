// Text made to exhaust the reader ends in problems, soon and without a crash. The deadlines only tell
// an answer from a hang.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasErrors, parseSandboxfile } from './index.ts';

const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const HOSTILE: Readonly<Record<string, string>> = {
  'ten megabytes': 'a: b\n'.repeat(2_000_000),
  'deep flow': '['.repeat(1_000_000),
  'deep block': '- '.repeat(500_000),
  'deep mappings': '? '.repeat(500_000),
  'an alias bomb': `a: &a0 [x,x]\n${many(40, (n) => `b${String(n)}: &a${String(n + 1)} [*a${String(n)}, *a${String(n)}]\n`)}sandboxes: {s: {image: x, volumes: *a40}}\n`,
  'shared lists': `x: &v [${'"./a:/b",'.repeat(5_000)}]\nsandboxes:\n${many(5_000, (n) => `  s${String(n)}: {image: a, volumes: *v}\n`)}`,
  'merge keys': `x: &m {${many(2_000, (n) => `k${String(n)}: v,`)}}\nsandboxes:\n${many(2_000, (n) => `  s${String(n)}: {<<: *m}\n`)}`,
  'one problem a line': `sandboxes:\n  a:\n    image: x\n    ports:\n${'      - x\n'.repeat(50_000)}`,
  'equal keys': `sandboxes:\n${'  a: {image: x}\n'.repeat(10_000)}`,
  'a long ring': `sandboxes:\n${many(10_000, (n) => `  a${String(n)}: {image: x, depends_on: [a${String((n + 1) % 10_000)}]}\n`)}`,
  commas: `[${','.repeat(100_000)}]`,
  brackets: '[]'.repeat(50_000),
  'a long version': `sandboxes: {a: {image: x, version: 1.0.0-${'0a.'.repeat(300_000)}}}`,
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(name, { timeout: 300_000 }, () => {
    const { problems } = parseSandboxfile(text);
    assert.ok(hasErrors(problems));
    assert.ok(problems.length <= 1001);
  });
}

test('names of JavaScript’s own are names', () => {
  const text =
    'sandboxes: {__proto__: {image: x, scripts: {constructor: a}, toString: 1}, constructor: {image: y}}';
  const { project, problems } = parseSandboxfile(text);
  assert.deepEqual([...project.sandboxes.keys()], ['__proto__', 'constructor']);
  assert.ok(problems.some(({ message }) => message.startsWith("unknown key 'toString'")));
});
