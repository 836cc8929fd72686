// The log: what a sandbox prints, bounded, and as it comes.

import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { msb, resultOf, startMsb, waitForOutput } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const limit = 10 << 20;
const flood = 24 << 20;

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      lines: for each; do echo "$each"; done
      flood: yes 0123456789abcde | head -c ${flood}
      live: |
        mkfifo /tmp/go
        echo first
        read line </tmp/go
        echo second
        exec sleep 1000
      go: echo now >/tmp/go
`;

const deadline = { timeout: 240_000 };

suite('log', () => {
  let place: Place;
  let file: string;
  const run = (...args: readonly string[]): ReturnType<typeof msb> => msb(args, { cwd: place.project });

  before(async () => {
    place = await Place.create(sandboxfile);
    file = path.join(place.project, 'menv/log/Sandboxfile/box.log');
  });

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('before the first run there is none', deadline, async () => {
    const { code, stderr } = await run('log', 'box');
    assert.equal(code, 1);
    assert.match(stderr, /log not found: Log file not found at .*box\.log/);
  });

  test('what programs print is kept, run after run', deadline, async () => {
    await run('run', 'box~lines', '--', 'a', 'b');
    await run('run', 'box~lines', '--', 'c', 'd');
    assert.equal(await readFile(file, 'utf8'), 'a\nb\nc\nd\n');
    assert.equal((await run('log', 'box')).stdout, 'a\nb\nc\nd\n');
    assert.equal((await run('log', 'box', '--tail', '3')).stdout, 'b\nc\nd\n');
  });

  test('a flood is rotated, and reaches its reader whole', deadline, async () => {
    const { code, stdout } = await run('run', 'box~flood');
    assert.deepEqual([code, stdout.length], [0, flood]);
    const [current, old] = [await stat(file), await stat(file.replace(/\.log$/, '.old'))];
    assert.ok(current.size > 0 && current.size <= limit, `${current.size} bytes`);
    assert.ok(old.size > 0 && old.size <= limit, `${old.size} bytes`);
    const tail = (await readFile(file, 'latin1')).slice(-160);
    assert.equal(tail, '0123456789abcde\n'.repeat(10));
  });

  test('follow shows what is appended, and ends by Ctrl+C', deadline, async () => {
    assert.equal((await run('run', '--detach', 'box~live')).code, 0);
    const follower = startMsb(['log', 'box', '--follow', '--tail', '1'], { cwd: place.project });
    const ended = resultOf(follower);
    await waitForOutput(follower, 'first\n');
    const second = waitForOutput(follower, 'second\n');
    assert.equal((await run('run', 'box~go')).code, 0);
    await second;
    follower.kill('SIGINT');
    assert.equal((await ended).code, 130);
    assert.equal((await run('down')).code, 0);
    assert.deepEqual(await place.leftovers(), []);
  });
});
