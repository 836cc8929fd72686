import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Remembered } from './remembered.ts';

interface Question {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly answer: (value: string) => void;
  readonly fail: (error: Error) => void;
}

/** Every question that is asked, to be answered by the test. */
function asking(freshMs = 60_000) {
  const questions: Question[] = [];
  let answers = 0;
  const remembered = new Remembered<string>({
    freshMs,
    onAnswer: () => answers++,
    ask: (key, signal) =>
      new Promise((answer, fail) => {
        questions.push({ key, signal, answer, fail });
        signal.addEventListener('abort', () => fail(new Error('aborted')), { once: true });
      }),
  });
  return { questions, remembered, answers: () => answers };
}

test('one question for all who want the answer, then none', async () => {
  const { questions, remembered, answers } = asking();
  const [first, second] = [remembered.get('a'), remembered.get('a')];
  assert.equal(questions.length, 1);
  questions[0]?.answer('yes');
  assert.deepEqual([await first, await second], ['yes', 'yes']);
  assert.equal(remembered.get('a'), 'yes');
  assert.deepEqual([questions.length, answers()], [1, 1]);
});

test('an old answer is given at once, and asked for again', async () => {
  const { questions, remembered } = asking(0);
  const first = remembered.get('a');
  questions[0]?.answer('old');
  await first;
  assert.equal(remembered.get('a'), 'old');
  assert.equal(questions.length, 2);
  questions[1]?.answer('new');
  await new Promise(setImmediate);
  assert.equal(remembered.get('a'), 'new');
});

test('a failure is not tried again at once, and takes nothing away', async () => {
  const { questions, remembered } = asking(0);
  const first = remembered.get('a');
  questions[0]?.fail(new Error('no network'));
  assert.equal(await first, undefined);
  assert.equal(remembered.get('a'), undefined);
  assert.equal(questions.length, 1);
  const other = remembered.get('b');
  questions[1]?.answer('known');
  await other;
  assert.equal(remembered.get('b'), 'known');
  questions[2]?.fail(new Error('no network'));
  await new Promise(setImmediate);
  assert.equal(remembered.get('b'), 'known');
  assert.equal(questions.length, 3);
});

test('what is asked for besides too much is given up, and may be asked for again', async () => {
  const { questions, remembered } = asking();
  const first = remembered.get('a');
  for (const key of ['b', 'c', 'd']) void remembered.get(key);
  assert.deepEqual(
    questions.map(({ key, signal }) => [key, signal.aborted]),
    [
      ['a', true],
      ['b', false],
      ['c', false],
      ['d', false],
    ],
  );
  assert.equal(await first, undefined);
  questions[1]?.answer('b');
  await new Promise(setImmediate);
  void remembered.get('a');
  assert.equal(questions.at(-1)?.key, 'a');
});

test('closed, it gives up and asks no more', async () => {
  const { questions, remembered, answers } = asking();
  const first = remembered.get('a');
  remembered.close();
  assert.equal(questions[0]?.signal.aborted, true);
  assert.equal(await first, undefined);
  assert.equal(await remembered.get('a'), undefined);
  assert.deepEqual([questions.length, answers()], [1, 0]);
});
