import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bounded } from './bounded.ts';

test('what fits is whole', () => {
  const output = new Bounded();
  output.append(Buffer.from('one '));
  output.append(Buffer.from('two'));
  assert.equal(output.toString(), 'one two');
});

test('of more the beginning is kept and the rest counted', () => {
  const output = new Bounded();
  for (let i = 0; i < 3; i++) output.append(Buffer.alloc(40_000, 'x'));
  const text = output.toString();
  assert.ok(text.startsWith('x'.repeat(1000)));
  assert.ok(text.endsWith(`[${120_000 - (64 << 10)} more bytes left out]`));
});
