// Reading in pieces is reading: the same values and problems as reading the text as one, whatever was
// read before.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Span } from '../position.ts';
import { LineIndex } from '../position.ts';
import type { FileReading } from '../read.ts';
import { readFile } from '../read.ts';
import { finish } from '../steps.ts';
import { EXAMPLES } from '../testing/examples.ts';
import { mutate, random } from '../testing/mutation.ts';
import { readWhole } from '../whole.ts';
import { SandboxfileReader } from './reader.ts';
import { split } from './split.ts';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 2000);
const origin = { file: 'Sandboxfile', folder: '/p' };
const texts = EXAMPLES.map(({ file }) => readFileSync(file, 'utf8'));
/** Examples below one another: many pieces, repeated keys. */
const stacks = texts.map((text, index) => text + (texts[(index + 5) % texts.length] ?? ''));

test('pieces together say what the whole says', { timeout: 3_600_000 }, () => {
  const next = random(7);
  for (let round = 0; round < ROUNDS; round++) {
    const base = [...texts, ...stacks][round % (texts.length * 2)] ?? '';
    compareWithWhole(round < texts.length * 2 ? base : mutate(base, next));
  }
});

test('reading again after an edit is reading afresh', { timeout: 300_000 }, () => {
  const next = random(11);
  for (const text of [...texts, ...stacks]) {
    const reader = new SandboxfileReader(origin);
    let current = text;
    for (let edit = 0; edit < 40; edit++) {
      assert.deepEqual(
        plain(finish(reader.read(current)), current),
        plain(readFile(current, origin), current),
      );
      current = edit % 8 === 7 ? text : mutate(current, next);
    }
  }
});

test('an edit of one sandbox reads one piece', () => {
  const text = `sandboxes:\n${Array.from({ length: 100 }, (_, n) => `  s${n}:\n    image: alpine\n`).join('')}`;
  const reader = new SandboxfileReader(origin);
  finish(reader.read(text));
  const steps = (next: string): number => [...reader.read(next)].length;
  const untouched = steps(text);
  const edited = `# first\n${text.replace('s50:\n    image', 's50:\n    cpus: 2\n    image')}`;
  assert.equal(steps(edited), untouched + 1);
});

test('what reaches across pieces is read as one', () => {
  for (const text of ['{a: 1}\n', '--- \na: 1\n', '? a\n: b\n', '- a\n', ' a: 1\nb: 2\n', '\uFEFFa: 1\n']) {
    assert.equal(split(text), undefined, JSON.stringify(text));
  }
});

function compareWithWhole(text: string): void {
  const about = JSON.stringify(text);
  const [pieces, whole] = [readFile(text, origin), finish(readWhole(text, origin, new LineIndex(text)))];
  // What is left of a broken file, and of repeated keys, is anybody's guess.
  const isBroken = (reading: FileReading): boolean =>
    reading.problems.sorted().some(({ id }) => id === 'SBX-YAML' || id === 'SBX-DUP-KEY');
  const hasErrors = (reading: FileReading): boolean =>
    reading.problems.sorted().some(({ severity }) => severity === 'error');
  assert.equal(hasErrors(pieces), hasErrors(whole), about);
  if (!isBroken(pieces) && !isBroken(whole)) assert.deepEqual(plain(pieces, text), plain(whole, text), about);
}

/** Places as plain objects, problems in an order that does not depend on when they were found. */
function plain({ project, problems }: FileReading, text: string): unknown {
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const found = problems.sorted().map((problem) => JSON.stringify(problem));
  return { project: flat(project, text), problems: found.toSorted(order) };
}

/** Blanks that a map may have behind it are not its own. */
function flat(value: unknown, text: string): unknown {
  if (Array.isArray(value)) return value.map((item) => flat(item, text));
  if (value instanceof Map) {
    return [...(value as ReadonlyMap<string, unknown>)].map(([key, entry]) => [key, flat(entry, text)]);
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('start' in value && 'end' in value) {
    const { start, end } = value as Span;
    return { start, end: Math.max(start, text.slice(0, end).trimEnd().length) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, flat(entry, text)]));
}
