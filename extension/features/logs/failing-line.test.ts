import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failingLine } from './failing-line.ts';

for (const [what, log, line] of [
  ['nothing', '', undefined],
  ['no failure', 'one\ntwo\n', undefined],
  ['the last of several', 'error: old\nfine\nerror: new\ndone\n', 2],
  ['the first line of what belongs together', 'start\nError: no\n    at a\n    at b\nError: again\n', 1],
  ['a traceback', 'x\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: bad\n', 1],
  ['words that only contain one', 'mirrored terrors\n', undefined],
] as const) {
  test(what, () => assert.equal(failingLine(log), line));
}

test('what is far from the end did not end it', () => {
  assert.equal(failingLine(`error\n${'fine\n'.repeat(300)}`), undefined);
});
