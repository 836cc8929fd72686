import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogText } from './log-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function shown(...parts: readonly string[]): string {
  const log = new LogText();
  for (const part of parts) log.append(bytes(part));
  return log.toString();
}

test('colours and titles are left out, also when they are cut in two', () => {
  assert.equal(shown('\x1b[31mred\x1b[0m\n'), 'red\n');
  assert.equal(shown('a\x1b[3', '1mb\n'), 'ab\n');
  assert.equal(shown('\x1b]0;title\x07text\n'), 'text\n');
});

test('lines of a terminal end as lines of a file', () => {
  assert.equal(shown('one\r\ntwo\r', '\nthree\n'), 'one\ntwo\nthree\n');
});

test('a character that is cut in two stays one', () => {
  const log = new LogText();
  const [first = 0, ...rest] = bytes('é\n');
  log.append(Uint8Array.of(first));
  log.append(Uint8Array.from(rest));
  assert.equal(log.toString(), 'é\n');
});

test('of a long log the end is kept, from the beginning of a line', () => {
  const log = new LogText();
  const line = `${'x'.repeat(99)}\n`;
  for (let i = 0; i < 400; i++) log.append(bytes(line.repeat(100)));
  const text = log.toString();
  assert.ok(text.length <= 2 << 20);
  assert.ok(text.length > 1 << 19);
  assert.ok(text.startsWith('x'.repeat(99) + '\n'));
});
