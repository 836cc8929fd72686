import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile } from '../../sandboxfile/index.ts';
import { hasCode } from '../errors/index.ts';
import { decodeRecord, encodeRecord, refuseMain, runnable, select } from './launch-record.ts';
import type { LaunchRecord } from './launch-record.ts';

const { project } = parseSandboxfile(`
sandboxes:
  app:
    image: builtin:busybox
    scripts:
      start: echo start
      test: echo test
  bare:
    image: builtin:busybox
`);

test('a record survives the way through the supervisor', () => {
  const record = recordOf('app', {
    program: '/.sandbox/scripts/start',
    args: ['a'],
    from: 'start',
    label: 'start',
  });
  assert.deepEqual(decodeRecord(encodeRecord(record), 'app'), record);
});

test('what no engine wrote is a protocol error', () => {
  for (const text of ['', 'null', '[]', '{}', '{"env":1}']) {
    assert.throws(
      () => decodeRecord(text, 'app'),
      (error) => hasCode(error, 'PROTOCOL'),
      text,
    );
  }
});

test('the running sandbox decides what a selection means', () => {
  const record = recordOf('app');
  assert.equal(select(record, record.image, {}).label, 'start');
  assert.equal(select(record, record.image, { script: 'shell' }).program, '/.sandbox/scripts/shell');
  assert.throws(
    () => select(record, record.image, { script: 'nope' }),
    (error) => hasCode(error, 'SCRIPT_UNKNOWN') && error.message.includes("'nope'"),
  );
  assert.throws(
    () => select(record, record.image, { script: 'test', exec: 'x' }),
    (error) => hasCode(error, 'SELECTION_CONFLICT'),
  );
  const bare = recordOf('bare');
  assert.throws(
    () => select(bare, bare.image, {}),
    (error) => hasCode(error, 'NO_ENTRY'),
  );
  assert.equal(select(bare, { entrypoint: ['/e'], cmd: ['c'] }, {}).program, '/e');
});

test('only the main program itself is refused', () => {
  const started = recordOf('app', select(recordOf('app'), recordOf('app').image, { args: ['a'] }));
  const again = (selection: Parameters<typeof select>[2]): void => {
    refuseMain(started, select(started, started.image, selection));
  };
  assert.throws(
    () => {
      again({ args: ['other'] });
    },
    (error) =>
      hasCode(error, 'ALREADY_RUNNING') && error.message === "sandbox 'app' is already running 'start'",
  );
  again({ script: 'test' });
  again({ script: 'shell' });

  const shell = recordOf('app', select(started, started.image, { script: 'shell' }));
  refuseMain(shell, select(shell, shell.image, { script: 'shell' }));

  const sleeping = recordOf('app', select(started, started.image, { exec: '/bin/sleep', args: ['9'] }));
  refuseMain(sleeping, select(sleeping, sleeping.image, { exec: '/bin/sleep', args: ['8'] }));
  assert.throws(
    () => {
      refuseMain(sleeping, select(sleeping, sleeping.image, { exec: '/bin/sleep', args: ['9'] }));
    },
    (error) => hasCode(error, 'ALREADY_RUNNING'),
  );
});

function recordOf(name: string, main?: LaunchRecord['main']): LaunchRecord {
  const definition = project.sandboxes.get(name);
  assert.ok(definition !== undefined);
  return {
    ...runnable(definition),
    env: ['A=1'],
    workdir: '/',
    image: { entrypoint: [], cmd: [] },
    ...(main === undefined ? {} : { main }),
  };
}
