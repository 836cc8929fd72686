import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sh } from '../../support/programs.ts';
import type { Shared } from '../behaviour.ts';

const deadline = { timeout: 120_000 };

/** Programs are root in the guest and may try anything; the sandbox goes on answering. */
export function isolation(shared: Shared): void {
  const works = async (): Promise<void> => assert.equal((await sh(shared.sandbox, 'echo on')).stdout, 'on\n');

  test('the agent is not to be seen', deadline, async () => {
    const { stdout } = await sh(
      shared.sandbox,
      'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"; ls /proc/1/fd 2>&1',
    );
    assert.doesNotMatch(stdout, /agent|vport/);
    assert.equal((await sh(shared.sandbox, 'ls /dev | grep -E "^(vd|vport|hvc)"')).stdout, '');
  });

  test('without a scope there is no network device', deadline, async () => {
    assert.equal((await sh(shared.sandbox, 'ls /sys/class/net/*/device 2>/dev/null')).stdout, '');
  });

  test('init and everything else survive kill -9', deadline, async () => {
    await sh(shared.sandbox, 'kill -9 1; kill -TERM 1; kill -INT 1; true');
    await works();
    const { status } = await sh(shared.sandbox, 'kill -9 -1; echo self');
    assert.ok(status.code === 0 || status.code === 137, `${status.code}`);
    await works();
  });

  test('the guest cannot be rebooted, nor its kernel be replaced', deadline, async () => {
    const { status } = await sh(
      shared.sandbox,
      'reboot -f; poweroff -f; halt -f; echo c >/proc/sysrq-trigger',
    );
    assert.notEqual(status.code, 0);
    await works();
  });

  test('running out of memory ends the program, not the sandbox', deadline, async () => {
    const { status } = await sh(shared.sandbox, 'exec tail /dev/zero');
    assert.equal(status.code, 137);
    assert.equal(status.outOfMemory, true);
    await works();
  });

  test('too many processes are refused to the program, not to the sandbox', deadline, async () => {
    const script = 'i=0; while [ $i -lt 40000 ]; do sleep 1000 & i=$((i+1)); done 2>/dev/null; echo made';
    const program = await shared.sandbox.exec('sh', { args: ['-c', `ulimit -u 200; ${script}`] });
    await works();
    await program.kill(9);
    await works();
    await sh(shared.sandbox, 'kill -9 -1');
    await works();
  });

  test('a mount over the scripts and the root stays the program’s own trouble', deadline, async () => {
    await sh(
      shared.sandbox,
      'mount -t tmpfs none /tmp && umount /tmp; mount -o remount,ro /; mount -o remount,rw /',
    );
    await works();
  });
}
