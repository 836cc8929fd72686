import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJson, toJson } from '@bufbuild/protobuf';
import { CodeSchema, FailureSchema } from '../machine/gen/menv/failure/v1/failure_pb.js';
import { errnoOf, fromErrno, fromFailure, hasCode, SandboxError } from './index.ts';
import { vmmInstallHint } from './install-hint.ts';

test('every failure that native code can name has a message of its own', () => {
  for (const { number, name } of CodeSchema.values) {
    if (number === 0) continue;
    const failure = fromJson(FailureSchema, { code: number, subject: 'SUBJECT', cause: 'below' });
    const error = fromFailure(toJson(FailureSchema, failure), { sandbox: 'app' });
    assert.notEqual(error.code, 'PROTOCOL', name);
    assert.notEqual(error.message, '', name);
    assert.ok(error.cause instanceof Error && error.cause.message === 'below', name);
  }
});

test('a failure of a newer supervisor is a protocol error, not a crash', () => {
  const failure = fromJson(FailureSchema, { code: 9999, subject: 'x' });
  const error = fromFailure(toJson(FailureSchema, failure), { sandbox: 'app' });
  assert.equal(error.code, 'PROTOCOL');
  assert.equal(error.subject, 'app');
  assert.equal(error.cause, undefined);
});

test('messages that are contracts', () => {
  const message = (...[code, details]: ConstructorParameters<typeof SandboxError>): string =>
    new SandboxError(code, details).message;
  assert.equal(message('FILE_NOT_FOUND', { subject: '/p' }), 'microsandbox config file not found at: /p');
  assert.equal(
    message('SANDBOX_UNKNOWN', { subject: 'a, b', context: 'Sandboxfile' }),
    "cannot find sandbox: 'a, b' in 'Sandboxfile'",
  );
  assert.equal(
    message('SCRIPT_UNKNOWN', { subject: 's', context: 'app' }),
    "script 's' not found in sandbox configuration 'app'",
  );
  assert.equal(
    message('ALREADY_RUNNING', { subject: 'app', context: 'start' }),
    "sandbox 'app' is already running 'start'",
  );
  assert.equal(message('NO_ENTRY'), 'missing start script or exec command or shell');
  assert.equal(message('LOG_NOT_FOUND', { subject: '/l' }), 'log not found: Log file not found at /l');
  assert.equal(message('IMAGE_NOT_FOUND', { subject: '/r' }), 'root path does not exist: /r');
});

test('a full disk is NO_SPACE whatever was being written', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  assert.equal(fromErrno(full, '/x', 'RUN_FOLDER').code, 'NO_SPACE');
  assert.equal(fromErrno(Object.assign(full, { code: 'EACCES' }), '/x', 'RUN_FOLDER').code, 'RUN_FOLDER');
  assert.equal(errnoOf('no error'), undefined);
  assert.ok(hasCode(fromErrno(full, '/x', 'STORE'), 'STORE'));
});

test('the missing VMM comes with the command of this system', () => {
  assert.match(vmmInstallHint('linux', 'ID=debian\n'), /apt-get install .*qemu-system-/);
  assert.match(
    vmmInstallHint('linux', 'NAME="x"\nID=rocky\nID_LIKE="rhel centos fedora"\n'),
    /dnf install qemu-/,
  );
  assert.match(vmmInstallHint('linux', 'ID=void\n'), /package manager/);
  assert.equal(vmmInstallHint('darwin', ''), 'install it: brew install qemu');
});
