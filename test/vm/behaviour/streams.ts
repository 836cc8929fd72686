import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { finish, sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 120_000 };

export function streams(shared: Shared): void {
  test('stdout and stderr stay apart', deadline, async () => {
    const script = 'i=0; while [ $i -lt 500 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done';
    const { stdout, stderr } = await sh(shared.sandbox, script);
    const lines = (word: string): string => Array.from({ length: 500 }, (_, i) => `${word}${i}\n`).join('');
    assert.equal(stdout, lines('out'));
    assert.equal(stderr, lines('err'));
  });

  test('bytes go in and come out exactly', deadline, async () => {
    const sent = randomBytes(3_000_001);
    const program = await shared.sandbox.exec('cat', { stdin: 'stream' });
    const received = createHash('sha256');
    const reading = (async () => {
      for await (const { data } of program.output) received.update(data);
    })();
    for (let at = 0; at < sent.length; at += 70_001) await program.write(sent.subarray(at, at + 70_001));
    await program.end();
    await reading;
    assert.equal((await program.exit).code, 0);
    assert.equal(received.digest('hex'), createHash('sha256').update(sent).digest('hex'));
  });

  test('stdin that is not given is at its end', deadline, async () => {
    assert.equal((await sh(shared.sandbox, 'cat; echo end')).stdout, 'end\n');
  });

  test('a program that nobody reads waits, and others do not', deadline, async () => {
    const total = 16 << 20;
    const flood = await shared.sandbox.exec('dd', {
      args: ['if=/dev/zero', 'bs=65536', `count=${total / 65_536}`],
    });
    for (let round = 0; round < 20; round++)
      assert.equal((await sh(shared.sandbox, 'echo on')).stdout, 'on\n');
    const listed = (await shared.sandbox.programs()).find(({ id }) => id === flood.id);
    assert.ok(listed, 'the flood is listed');
    assert.equal(listed.exited, undefined, 'the flood must not have ended: nobody read it');
    let received = 0;
    for await (const { stream, data } of flood.output) if (stream === 'stdout') received += data.length;
    assert.equal(received, total);
    assert.equal((await flood.exit).code, 0);
  });

  test('writing to a program that has closed its stdin or ended does not hang', deadline, async () => {
    const program = await shared.sandbox.exec('sh', {
      args: ['-c', 'exec 0<&-; echo closed'],
      stdin: 'stream',
    });
    const block = new Uint8Array(1 << 20);
    const finished = finish(program);
    await Promise.allSettled(Array.from({ length: 8 }, () => program.write(block)));
    assert.equal((await finished).stdout, 'closed\n');
    await Promise.allSettled([program.write(block), program.end()]);
  });

  test('a program that does not read its stdin can be killed', deadline, async () => {
    const program = await shared.sandbox.exec('sleep', { args: ['1000'], stdin: 'stream' });
    const block = new Uint8Array(1 << 20);
    const writing = Promise.allSettled(Array.from({ length: 8 }, () => program.write(block)));
    await program.kill(9);
    assert.equal((await finish(program)).status.code, 137);
    await writing;
  });
}
