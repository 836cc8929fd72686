import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileChange } from '../../../server/engine/index.ts';
import { sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 60_000 };

export function watching(shared: Shared): void {
  test('tells what is created, changed and deleted from then on', deadline, async () => {
    await sh(shared.sandbox, 'mkdir -p /tmp/watched/below; echo 0 >/tmp/watched/before');
    const controller = new AbortController();
    const changes = await shared.sandbox.files.watch('/tmp/watched', {
      recursive: true,
      signal: controller.signal,
    });
    const awaited = seen(changes, [
      'created /tmp/watched/new',
      'changed /tmp/watched/before',
      'deleted /tmp/watched/new',
    ]);
    await sh(shared.sandbox, 'cd /tmp/watched; echo 1 >new; echo 1 >>before; rm new');
    await awaited;
    controller.abort();
    await sh(shared.sandbox, 'rm -r /tmp/watched');
  });

  test('follows folders that are made while it watches', deadline, async () => {
    await sh(shared.sandbox, 'mkdir /tmp/grown');
    const controller = new AbortController();
    const changes = await shared.sandbox.files.watch('/tmp/grown', {
      recursive: true,
      signal: controller.signal,
    });
    const awaited = seen(changes, [
      'created /tmp/grown/a',
      'created /tmp/grown/a/b',
      'created /tmp/grown/a/b/file',
    ]);
    await sh(shared.sandbox, 'mkdir -p /tmp/grown/a/b; echo 1 >/tmp/grown/a/b/file');
    await awaited;
    controller.abort();
    await sh(shared.sandbox, 'rm -r /tmp/grown');
  });

  test('a flood of changes that nobody reads ends, in an overflow or whole', deadline, async () => {
    await sh(shared.sandbox, 'mkdir /tmp/flood');
    const controller = new AbortController();
    const changes = await shared.sandbox.files.watch('/tmp/flood', { signal: controller.signal });
    const script =
      'cd /tmp/flood; i=0; while [ $i -lt 500 ]; do echo >a; echo >b; i=$((i+1)); done; echo >last';
    await sh(shared.sandbox, script);
    for await (const change of changes) {
      if (change.kind === 'overflow' || change.path === '/tmp/flood/last') break;
    }
    controller.abort();
    assert.equal((await sh(shared.sandbox, 'rm -r /tmp/flood; echo on')).stdout, 'on\n');
  });

  test('a path that is not there is refused', deadline, async () => {
    const { signal } = new AbortController();
    await assert.rejects(shared.sandbox.files.watch('/no/such', { signal }), {
      code: 'GUEST_FILE_NOT_FOUND',
    });
  });
}

/** Resolves when each of the wanted changes has come, in whatever order. */
async function seen(changes: AsyncIterable<FileChange>, wanted: readonly string[]): Promise<void> {
  const missing = new Set(wanted);
  for await (const change of changes) {
    if (change.kind === 'overflow') throw new Error('changes were lost');
    missing.delete(`${change.kind} ${change.path}`);
    if (missing.size === 0) return;
  }
  throw new Error(`not told: ${[...missing].join(', ')}`);
}
