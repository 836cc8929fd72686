import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, milliseconds } from './amounts.ts';

for (const [amount, text] of [
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [150 * 1024 ** 2, '150 MiB'],
  [64 * 1024 ** 3, '64.0 GiB'],
] as const)
  test(`${amount} bytes are ${text}`, () => assert.equal(bytes(amount), text));

test('times get seconds when they are long', () => {
  assert.equal(milliseconds(12.4), '12 ms');
  assert.equal(milliseconds(1540), '1.5 s');
});
