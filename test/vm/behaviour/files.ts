import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { SandboxFiles } from '../../../server/engine/index.ts';
import { concatenated } from '../../support/msb.ts';
import { sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function files(shared: Shared): void {
  test('a file written is what programs and readers see', deadline, async () => {
    const { files } = shared.sandbox;
    const written = await files.write('/tmp/note', bytes('hello\n'), { mode: 0o640, create: true });
    assert.deepEqual([written.name, written.type, written.size, written.mode], ['note', 'file', 6, 0o640]);
    assert.equal((await sh(shared.sandbox, 'cat /tmp/note; stat -c %a /tmp/note')).stdout, 'hello\n640\n');
    assert.equal(await text(files, '/tmp/note'), 'hello\n');
    assert.equal(await text(files, '/tmp/note', { offset: 1, length: 3 }), 'ell');
    await files.write('/tmp/note', bytes('more\n'), { append: true });
    assert.equal(await text(files, '/tmp/note'), 'hello\nmore\n');
    await files.write('/tmp/note', bytes('new'), { overwrite: true });
    assert.equal(await text(files, '/tmp/note'), 'new');
    await files.remove('/tmp/note');
    await assert.rejects(files.stat('/tmp/note'), { code: 'GUEST_FILE_NOT_FOUND' });
  });

  test('a big file arrives whole', deadline, async () => {
    const { files } = shared.sandbox;
    const sent = randomBytes(9_000_001);
    await files.write('/tmp/big', parts(sent, 300_000), { create: true });
    const [sum] = (await sh(shared.sandbox, 'sha256sum /tmp/big')).stdout.split(' ');
    assert.equal(sum, createHash('sha256').update(sent).digest('hex'));
    const received = createHash('sha256');
    for await (const chunk of files.read('/tmp/big')) received.update(chunk);
    assert.equal(received.digest('hex'), sum);
    await files.remove('/tmp/big');
  });

  test('nothing is overwritten or made unasked', deadline, async () => {
    const { files } = shared.sandbox;
    await files.write('/tmp/once', bytes('1'), { create: true });
    await assert.rejects(files.write('/tmp/once', bytes('2'), { create: true, overwrite: false }), {
      code: 'GUEST_FILE_EXISTS',
    });
    await assert.rejects(files.write('/tmp/absent', bytes('2'), { create: false, overwrite: true }), {
      code: 'GUEST_FILE_NOT_FOUND',
    });
    await files.write('/tmp/other', bytes('3'), { create: true });
    await assert.rejects(files.rename('/tmp/other', '/tmp/once'), { code: 'GUEST_FILE_EXISTS' });
    await files.rename('/tmp/other', '/tmp/once', { overwrite: true });
    assert.equal(await text(files, '/tmp/once'), '3');
    await files.remove('/tmp/once');
  });

  test('folders: made with parents, listed, removed only whole when asked', deadline, async () => {
    const { files } = shared.sandbox;
    await assert.rejects(files.makeDir('/tmp/a/b/c'), { code: 'GUEST_FILE_NOT_FOUND' });
    await files.makeDir('/tmp/a/b/c', { parents: true, mode: 0o700 });
    await sh(shared.sandbox, 'cd /tmp/a; ln -s b link; mkfifo pipe; touch "new\nline" " "');
    const listed = (await files.list('/tmp/a')).map(({ name, type }) => `${name} ${type}`);
    assert.deepEqual(listed.sort(), [
      '  file',
      'b directory',
      'link symlink',
      'new\nline file',
      'pipe other',
    ]);
    assert.equal((await files.stat('/tmp/a/link', { follow: false })).linkTarget, 'b');
    assert.equal((await files.stat('/tmp/a/link', { follow: true })).type, 'directory');
    await assert.rejects(files.remove('/tmp/a'), /./);
    await files.remove('/tmp/a', { recursive: true });
    await assert.rejects(files.list('/tmp/a'), { code: 'GUEST_FILE_NOT_FOUND' });
  });

  test('a folder of thousands is listed whole', deadline, async () => {
    await sh(
      shared.sandbox,
      'mkdir /tmp/many; cd /tmp/many; i=0; while [ $i -lt 1500 ]; do : >f$i; i=$((i+1)); done',
    );
    assert.equal((await shared.sandbox.files.list('/tmp/many')).length, 1500);
    await shared.sandbox.files.remove('/tmp/many', { recursive: true });
  });

  test('links lead nowhere but into the sandbox', deadline, async () => {
    const { files } = shared.sandbox;
    await sh(shared.sandbox, 'ln -s /../../../etc/passwd /tmp/out; ln -s loop /tmp/loop; ln -s / /tmp/root');
    assert.match(await text(files, '/tmp/out'), /^root:/);
    assert.match(await text(files, '/tmp/root/etc/passwd'), /^root:/);
    await assert.rejects(text(files, '/tmp/loop'), /./);
    await sh(shared.sandbox, 'rm /tmp/out /tmp/loop /tmp/root');
  });

  test('relative and empty paths are refused', deadline, async () => {
    for (const path of ['', 'etc/passwd', './etc'])
      await assert.rejects(shared.sandbox.files.stat(path), /./);
  });

  test('a reader that gives up ends the call', deadline, async () => {
    for await (const chunk of shared.sandbox.files.read('/bin/busybox')) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.equal((await sh(shared.sandbox, 'echo on')).stdout, 'on\n');
  });
}

async function text(
  files: SandboxFiles,
  path: string,
  options?: { readonly offset: number; readonly length: number },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(path, options)) chunks.push(chunk);
  return new TextDecoder().decode(concatenated(chunks));
}

async function* parts(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield await Promise.resolve(data.subarray(at, at + size));
}
