import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, finish } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };
const scrollback = 256 << 10;

export function keptPrograms(shared: Shared): void {
  test('goes on without a client and is found again by its id', deadline, async () => {
    const first = await shared.sandbox.exec('sh', {
      args: ['-c', 'echo one; read line; echo "got $line"; exit 6'],
      stdin: 'stream',
      tty: { rows: 24, cols: 80 },
      onDetach: 'keep',
      id: 'kept-one',
    });
    await new Reader(first).until(/one/);
    first.detach();
    const again = await shared.sandbox.attach('kept-one', { replayBytes: scrollback });
    const reader = new Reader(again);
    await reader.until(/one/);
    await again.write(new TextEncoder().encode('hello\n'));
    await reader.until(/got hello/);
    assert.equal((await reader.toEnd()).code, 6);
  });

  test('two clients see the same', deadline, async () => {
    const script = 'read line; i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done';
    const first = await shared.sandbox.exec('sh', {
      args: ['-c', script],
      stdin: 'stream',
      id: 'two-clients',
    });
    const second = await shared.sandbox.attach('two-clients');
    const both = Promise.all([finish(first), finish(second)]);
    await first.write(new TextEncoder().encode('go\n'));
    const [one, two] = await both;
    assert.equal(one.stdout, Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join(''));
    assert.equal(two.stdout, one.stdout);
    assert.deepEqual(two.status, one.status);
  });

  test('the scrollback is bounded and ends with the latest', deadline, async () => {
    const script = 'yes 0123456789abcdef | head -c 4000000; echo last; sleep 1000';
    const program = await shared.sandbox.exec('sh', {
      args: ['-c', script],
      onDetach: 'keep',
      id: 'long-output',
    });
    program.detach();
    const again = await shared.sandbox.attach('long-output', { replayBytes: 64 << 20 });
    const reader = new Reader(again);
    await reader.until(/last\n$/);
    assert.ok(reader.seen.length <= 4_000_005, 'nothing twice');
    again.detach();
    const late = new Reader(await shared.sandbox.attach('long-output', { replayBytes: 64 << 20 }));
    await late.until(/last\n$/);
    assert.ok(late.seen.length <= scrollback + 1024, `${late.seen.length} bytes of scrollback`);
    const killer = await shared.sandbox.attach('long-output');
    await killer.kill(9);
    assert.equal((await finish(killer)).status.code, 137);
  });

  test('ids are unique, and unknown ones are named', deadline, async () => {
    const program = await shared.sandbox.exec('sleep', { args: ['1000'], id: 'only-one' });
    await assert.rejects(shared.sandbox.exec('true', { id: 'only-one' }), { code: 'PROCESS_EXISTS' });
    await assert.rejects(shared.sandbox.attach('nobody'), { code: 'PROCESS_UNKNOWN', message: /nobody/ });
    const listed = (await shared.sandbox.programs()).find(({ id }) => id === 'only-one');
    assert.deepEqual(
      [listed?.program, listed?.args, listed?.tty, listed?.clients],
      ['sleep', ['1000'], false, 1],
    );
    await program.kill(9);
    await finish(program);
  });
}
