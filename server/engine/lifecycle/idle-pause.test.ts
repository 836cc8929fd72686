import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idlePauseOf } from './idle-pause.ts';

test('seconds, parts of them too; nothing and 0 are never', () => {
  const read = (text?: string): number => idlePauseOf({ MENV_IDLE_PAUSE: text });
  assert.deepEqual(
    [undefined, '', '0', '0.5', ' 90 ', '31536000'].map(read),
    [0, 0, 0, 500, 90_000, 31_536_000_000],
  );
});

for (const text of ['abc', '5m', '-1', 'Infinity', 'NaN', '31536001'])
  test(`${text} is refused, and what is allowed is said`, () => {
    assert.throws(
      () => idlePauseOf({ MENV_IDLE_PAUSE: text }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'SETTING');
        assert.match(error.message, /MENV_IDLE_PAUSE/);
        assert.ok(error.cause instanceof Error);
        assert.equal(
          error.cause.message,
          `'${text}' is no number of seconds from 0, which is never, to 31536000`,
        );
        return true;
      },
    );
  });
