import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report } from './report.ts';

test('what is wrong comes first, with what to do; the rest without', () => {
  const text = report([
    { what: 'Machine', good: true, found: 'Linux', help: 'never' },
    { what: 'QEMU', good: false, found: 'not in PATH', help: 'Install it.' },
  ]);
  assert.match(text, /QEMU\*\*: not in PATH\n {2}Install it\.\n- ✅ \*\*Machine\*\*: Linux\n$/);
});
