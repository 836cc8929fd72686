import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';

const fixture = new URL('./foreground.fixture.ts', import.meta.url).pathname;
/** Against hangs only. */
const deadline = { timeout: 180_000 };

// dash can lose a signal while it forks: where one is sent, the program is bash or no shell.
function start(...args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [fixture, 'owned', ...args]);
}

async function statusOf(child: ChildProcessWithoutNullStreams): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

/** Resolves when the program says that it runs. */
async function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  await once(child.stdout, 'data');
}

test('status, stdout and stderr of the program come back apart', deadline, async () => {
  const child = start('sh', '-c', 'echo out; echo err >&2; exit 7');
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), statusOf(child)]);
  assert.equal(out, 'out\n');
  assert.equal(err, 'err\nsandbox down\n');
  assert.equal(code, 7);
});

test('input goes to the program and comes back byte for byte', deadline, async () => {
  const child = start('cat');
  const block = randomBytes(1 << 20);
  const blocks = 32;
  const sent = createHash('sha256');
  const received = createHash('sha256');
  const sending = (async () => {
    for (let i = 0; i < blocks; i += 1) {
      sent.update(block);
      if (!child.stdin.write(block)) await once(child.stdin, 'drain');
    }
    child.stdin.end();
  })();
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) received.update(chunk);
  await sending;
  assert.equal(received.digest('hex'), sent.digest('hex'));
});

test('a program that reads no input ends without it', deadline, async () => {
  const child = start('true');
  assert.equal(await statusOf(child), 0);
});

test('a program that floods a slow reader is held back and loses nothing', deadline, async () => {
  const child = start('sh', '-c', 'head -c 8000000 /dev/zero');
  let length = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    length += chunk.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(length, 8_000_000);
});

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} ends the program and its sandbox with ${expected}`, deadline, async () => {
    const child = start('sh', '-c', 'echo ready; exec sleep 600');
    await ready(child);
    child.kill(signal);
    const [err, code] = await Promise.all([text(child.stderr), statusOf(child)]);
    assert.equal(code, expected);
    assert.equal(err, 'sandbox down\n');
  });
}

test('an interrupted program may clean up, and its last words are shown', deadline, async () => {
  const child = start('bash', '-c', 'trap "echo bye; exit 3" INT; echo ready; while :; do sleep 0.05; done');
  await ready(child);
  child.kill('SIGINT');
  const [rest, code] = await Promise.all([text(child.stdout), statusOf(child)]);
  assert.equal(rest, 'bye\n');
  assert.equal(code, 130);
});

test('the second interrupt kills at once', deadline, async () => {
  const child = start('bash', '-c', 'trap "echo no" INT; echo ready; while :; do sleep 0.05; done');
  await ready(child);
  child.kill('SIGINT');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  assert.equal(await statusOf(child), 130);
});

test('in a sandbox that was joined, the second interrupt kills the program only', deadline, async () => {
  const script = 'trap "echo no" INT; echo ready; while :; do sleep 0.05; done';
  const child = spawn(process.execPath, [fixture, 'joined', 'bash', '-c', script]);
  await ready(child);
  child.kill('SIGINT');
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const [err, code] = await Promise.all([text(child.stderr), statusOf(child)]);
  assert.equal(code, 130);
  assert.doesNotMatch(err, /sandbox stopped/);
});

test('an interrupt does not wait for a reader that reads nothing', deadline, async () => {
  const child = start('sh', '-c', 'echo ready; exec cat /dev/zero');
  await ready(child);
  child.stdout.pause();
  child.kill('SIGINT');
  const [code] = (await once(child, 'exit')) as [number | null];
  child.stdout.destroy();
  assert.equal(code, 130);
});

test('a reader that goes away ends the program by SIGPIPE', deadline, () => {
  const line = `"${process.execPath}" "${fixture}" owned yes | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  assert.equal(stdout, 'y\n141\n');
});

test('a program that ignores SIGPIPE ends with its reader all the same', deadline, () => {
  const script = "trap '' PIPE; while :; do echo y; done";
  const line = `"${process.execPath}" "${fixture}" owned sh -c "${script}" | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  assert.equal(stdout, 'y\n141\n');
});

test('output that cannot be written is an error', deadline, () => {
  const line = `"${process.execPath}" "${fixture}" owned echo hi > /dev/full`;
  const { status, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  assert.notEqual(status, 0);
  assert.match(stderr, /ENOSPC/);
});
