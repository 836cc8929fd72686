// Composing in runs is composing: the same nodes, places and faults, wherever the runs end.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isAlias, isCollection, isNode, isPair, isScalar, type Node } from 'yaml';
import { ProblemList } from '../problem-list.ts';
import { finish } from '../steps.ts';
import { EXAMPLES } from '../testing/examples.ts';
import { mutate, random } from '../testing/mutation.ts';
import { composeDocuments } from './compose.ts';
import { tokenize } from './tokenize.ts';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 2000);
const flow = '{sandboxes: {a: {image: x, ports: [1, 2, "3:4"]}, b: {image: [y, {c: d}]}}, groups: {}}\n';
const texts = [...EXAMPLES.map(({ file }) => readFileSync(file, 'utf8')), flow, `a: &x ${flow}b: *x\n`];

test('runs of any length', { timeout: 3_600_000 }, () => {
  const next = random(3);
  for (let round = 0; round < ROUNDS; round++) {
    const base = texts[round % texts.length] ?? '';
    const text = round < texts.length ? base : mutate(base, next);
    const about = `round ${String(round)}: ${JSON.stringify(text)}`;
    const run = 1 + Math.floor(next() * 60);
    assert.deepEqual(composed(text, run), composed(text, Infinity), `run ${String(run)}, ${about}`);
  }
});

test('a large text takes many steps', () => {
  for (const [open, close] of ['  ', '{}', '[]']) {
    const items = Array.from(
      { length: 5000 },
      (_, n) => `${open === '[' ? '' : `k${String(n)}: `}v${String(n)}`,
    );
    const text = open === ' ' ? items.join('\n') : `${String(open)}${items.join(',')}${String(close)}`;
    const tokens = finish(tokenize(text, new ProblemList(text))) ?? [];
    const steps = [...composeDocuments(tokens, text)];
    assert.ok(steps.length >= Math.floor(text.length / 9000), text.slice(0, 40));
  }
});

function composed(text: string, run: number): unknown {
  const tokens = finish(tokenize(text, new ProblemList(text)));
  if (tokens === undefined) return undefined;
  const { first, second, faults } = finish(composeDocuments(tokens, text, run));
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    first: shown(first),
    second,
    faults: faults.map(({ message, pos }) => `${String(pos[0]).padStart(6, '0')} ${message}`).sort(order),
  };
}

function shown(node: unknown): unknown {
  if (isNode(node)) return [...(node.range?.slice(0, 2) ?? []), ...parts(node)];
  return isPair(node) ? [shown(node.key), shown(node.value)] : node;
}

function parts(node: Node): readonly unknown[] {
  if (isAlias(node)) return ['alias', node.source];
  if (isScalar(node)) return [node.anchor, node.tag, node.type, node.source];
  if (!isCollection(node)) return [node];
  return [node.constructor.name, node.anchor, node.tag, node.flow, node.items.map(shown)];
}
