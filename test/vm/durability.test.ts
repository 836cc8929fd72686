// A file that was fsynced in the guest is there after any process was killed.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { msb, startMsb, waitForOutput } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { pidOf } from '../support/victims.ts';

const rounds = 20;

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    workdir: /root
    scripts:
      # Every file of the rounds before is there, whole; then one more.
      round: |
        i=0
        while [ $i -lt "$1" ]; do
          [ "$(cat kept-$i)" = "content $i" ] || { echo "round $i is lost"; exit 1; }
          i=$((i+1))
        done
        echo "content $1" >kept-$1
        sync kept-$1
        echo synced
        exec sleep 1000
      count: ls | wc -l
      # What the guest's kernel says of the disk below the sandbox's root.
      disk: |
        mknod /tmp/disk b $(sed 's/:/ /' /sys/block/vdc/dev)
        mkdir /tmp/mounted
        mount -t ext4 /tmp/disk /tmp/mounted
        grep ' /tmp/mounted ' /proc/mounts
        umount /tmp/mounted
        rm -r /tmp/disk /tmp/mounted
`;

const deadline = { timeout: 300_000 };

suite('durability', () => {
  let place: Place;

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  let round = 0;
  for (const victim of ['vmm', 'supervisor', 'msb'] as const) {
    test(`${rounds} rounds of kill -9 of ${victim}`, deadline, async () => {
      for (const end = round + rounds; round < end; round++) {
        const child = startMsb(['run', 'box~round', '--', String(round)], { cwd: place.project });
        const closed = once(child, 'close');
        child.stderr.resume();
        await waitForOutput(child, 'synced\n');
        const pid = victim === 'msb' ? child.pid : await pidOf(place, victim);
        assert.ok(pid !== undefined, `${victim} runs`);
        process.kill(pid, 'SIGKILL');
        const [code] = (await closed) as [number | null];
        assert.notEqual(code, 0);
        // Its sandbox goes on; the other two take it with them.
        if (victim === 'msb') assert.equal((await msb(['down'], { cwd: place.project })).code, 0);
      }
    });
  }

  test('all files are there in the end, and nothing else', deadline, async () => {
    const { stdout } = await msb(['run', 'box~count'], { cwd: place.project });
    assert.equal(stdout.trim(), String(3 * rounds));
    assert.deepEqual(await place.leftovers(), []);
  });

  test(
    'what is committed is flushed, also on a disk whose mount had nothing to replay',
    deadline,
    async () => {
      const { stdout, stderr } = await msb(['run', 'box~disk'], { cwd: place.project });
      assert.match(stdout, /^\S+ \/tmp\/mounted ext4 rw,/, stderr);
      assert.doesNotMatch(stdout, /nobarrier|barrier=0/);
    },
  );
});
