import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskOf } from './definition.ts';

test('file and arguments have defaults', () => {
  const task = taskOf({ type: 'sandboxfile', sandbox: 'app', script: 'build' });
  assert.deepEqual(task, { sandbox: 'app', script: 'build', file: 'Sandboxfile', args: [] });
});

test('what is written is kept', () => {
  const task = taskOf({ sandbox: 'app', script: 'build', file: 'ci/Sandboxfile', args: ['-v'] });
  assert.deepEqual(task, { sandbox: 'app', script: 'build', file: 'ci/Sandboxfile', args: ['-v'] });
});

for (const wrong of [
  {},
  { sandbox: 'app' },
  { sandbox: 1, script: 'b' },
  { sandbox: 'a', script: 'b', args: [1] },
]) {
  test(`${JSON.stringify(wrong)} is no task`, () => assert.equal(taskOf(wrong), undefined));
}
