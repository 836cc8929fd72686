import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finish, gone, Reader, sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };

export function programs(shared: Shared): void {
  test('the exit status is the program’s', deadline, async () => {
    for (const code of [0, 1, 7, 255]) {
      assert.deepEqual((await sh(shared.sandbox, `exit ${code}`)).status, {
        code,
        signal: 0,
        outOfMemory: false,
      });
    }
  });

  test('a killed program has 128 + its signal', deadline, async () => {
    const { status } = await sh(shared.sandbox, 'kill -9 $$');
    assert.deepEqual([status.code, status.signal], [137, 9]);
  });

  test('arguments arrive as they are', deadline, async () => {
    const args = ['a b', '', '*', 'line\nline', '"\'\\$', 'ümläut ☃', '-n'];
    const { stdout } = await sh(shared.sandbox, 'for each; do printf "<%s>" "$each"; done', { args });
    assert.equal(stdout, args.map((each) => `<${each}>`).join(''));
  });

  test(
    'environment: the sandbox’s, the call’s on top, and what every program may count on',
    deadline,
    async () => {
      const { stdout } = await sh(shared.sandbox, 'echo "$COLOUR/$SHAPE/$HOME/${PATH:+path}"', {
        env: ['SHAPE=round'],
      });
      assert.equal(stdout, 'blue/round//root/path\n');
      const replaced = await sh(shared.sandbox, 'echo "$COLOUR"', { env: ['COLOUR=red'] });
      assert.equal(replaced.stdout, 'red\n');
    },
  );

  test('working directory', deadline, async () => {
    assert.equal((await sh(shared.sandbox, 'pwd', { cwd: '/usr/bin' })).stdout, '/usr/bin\n');
    await assert.rejects(shared.sandbox.exec('true', { cwd: '/no/such' }), { code: 'WORKDIR' });
  });

  test('a program that is not there or cannot run is named', deadline, async () => {
    await assert.rejects(shared.sandbox.exec('no-such-program'), {
      code: 'PROGRAM_NOT_FOUND',
      message: /no-such-program/,
    });
    await assert.rejects(shared.sandbox.exec('/no/such/program'), { code: 'PROGRAM_NOT_FOUND' });
    await assert.rejects(shared.sandbox.exec('/etc/passwd'), { code: 'PROGRAM_NOT_EXECUTABLE' });
    await assert.rejects(shared.sandbox.exec('/etc'), { code: 'PROGRAM_NOT_EXECUTABLE' });
  });

  test('a signal reaches the whole process group', deadline, async () => {
    const program = await shared.sandbox.exec('sh', { args: ['-c', 'sleep 1000 & echo up; sleep 1000'] });
    const reader = new Reader(program);
    await reader.until(/up/);
    await program.kill(15);
    // The end of the output shows that the child in the background, which holds the pipe, is gone too.
    assert.equal((await reader.toEnd()).code, 143);
  });

  test('orphans are reaped', deadline, async () => {
    await sh(shared.sandbox, 'for i in 1 2 3 4; do (sleep 0.1 & ) ; done; sleep 0.3');
    const { stdout } = await sh(shared.sandbox, 'grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null; true');
    assert.equal(stdout, '');
  });

  test('many at once, each with its own output', deadline, async () => {
    const finished = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        sh(shared.sandbox, 'echo "$1"; exit "$1"', { args: [String(index)] }),
      ),
    );
    assert.deepEqual(
      finished.map(({ stdout, status }) => [stdout, status.code]),
      finished.map((_, index) => [`${index}\n`, index]),
    );
  });

  test('too many arguments are refused by name, and the sandbox goes on', deadline, async () => {
    const args = Array.from({ length: 64 }, () => 'x'.repeat(32 << 10));
    await assert.rejects(shared.sandbox.exec('true', { args }), { code: 'LIMIT' });
    assert.equal((await sh(shared.sandbox, 'true')).status.code, 0);
  });

  test('an aborted call rejects with the reason', deadline, async () => {
    const reason = new Error('enough');
    await assert.rejects(shared.sandbox.exec('true', { signal: AbortSignal.abort(reason) }), reason);
  });

  test('an abort while the program runs takes its client away', deadline, async () => {
    const [reason, leaving] = [new Error('enough'), new AbortController()];
    const { signal } = leaving;
    const program = await shared.sandbox.exec('sh', { args: ['-c', 'echo up; exec sleep 1000'], signal });
    const reader = new Reader(program);
    await reader.until(/up/);
    leaving.abort(reason);
    await assert.rejects(reader.toEnd(), reason);
    await assert.rejects(program.exit, reason);
    await gone(shared.sandbox, program.id);

    const again = new AbortController();
    const kept = await shared.sandbox.exec('sleep', { args: ['1000'], onDetach: 'keep' });
    const attached = await shared.sandbox.attach(kept.id, { signal: again.signal });
    again.abort(reason);
    await assert.rejects(attached.exit, reason);
    await kept.kill(9);
    assert.equal((await finish(kept)).status.code, 137);
  });

  test('a client that goes away takes its program with it', deadline, async () => {
    const program = await shared.sandbox.exec('sleep', { args: ['1000'] });
    program.detach();
    program.detach();
    await gone(shared.sandbox, program.id);
  });

  test('one that ignores the hang-up is killed', deadline, async () => {
    const args = ['-c', 'trap "" HUP; echo up; while :; do sleep 1; done'];
    const program = await shared.sandbox.exec('sh', { args });
    await new Reader(program).until(/up/);
    program.detach();
    await gone(shared.sandbox, program.id);
    const ended = (await shared.sandbox.programs()).find(({ id }) => id === program.id);
    assert.equal(ended?.exited?.signal, 9);
  });
}
