// Guests that sleep are woken, in time, wherever their memory has gone on.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { sh } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const deadline = { timeout: 240_000 };

/** Sleeps all the time, so whatever it is copied in the middle of is a sleep. */
const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    scripts:
      start: |
        n=0
        while sleep 0.3; do n=$((n + 1)); echo $n > /naps; done
`;

/** Whether that goes on being woken, then a sleep that nothing interrupts, in hundredths of a second of the guest's clock. */
const naps = `until [ -e /naps ]; do sleep 0.1; done
before=$(cat /naps)
until [ "$(cat /naps)" != "$before" ]; do sleep 0.1; done
read -r from idle < /proc/uptime
sleep 1
read -r to idle < /proc/uptime
echo \${from%.*}\${from#*.} \${to%.*}\${to#*.}`;

suite('timers', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let sandbox: Sandbox;

  const sleeps = async (inside: Sandbox): Promise<void> => {
    const from = performance.now();
    const { stdout, stderr } = await sh(inside, naps);
    const passed = performance.now() - from;
    const [began = NaN, ended = NaN] = stdout.trim().split(' ').map(Number);
    // What is lost of a sleep on a busy host are fractions of a second; a timer that is lost takes half a minute.
    assert.ok(ended - began >= 99 && ended - began < 2000, `${stdout}${stderr}`);
    assert.ok(passed >= 990, `${passed} ms of the host's for a sleep of a second`);
  };

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, 256);
    engine = createEngine({ home: place.home, templates: true });
    project = await engine.openProject({ root: place.project });
    sandbox = await project.start('box');
  }, deadline);

  after(async () => {
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  test('those of a template are not late', deadline, async () => {
    const [state] = await project.status(['box']);
    assert.equal(state?.origin, 'template');
    const { stdout } = await sh(sandbox, `sed -n '/^Per CPU device/,$p' /proc/timer_list`);
    // The chip's rate is known. What the kernel has measured is in 2^32 of a count each nanosecond; right is a 16th.
    const measured = /^Clock Event Device: lapic$[^]*?^ mult: +(\d+)$/m.exec(stdout)?.[1];
    if (measured === undefined) assert.match(stdout, /^Clock Event Device: (?:pit|arch_sys_timer)$/m);
    else assert.ok(Number(measured) / 2 ** 28 < 1.001, measured);
  });

  test('from a template', deadline, async () => {
    await sleeps(sandbox);
  });

  test('paused and resumed', deadline, async () => {
    await project.pause(['box']);
    await project.resume(['box']);
    await sleeps(sandbox);
  });

  test(
    'in a fork, in a guest that goes on from a snapshot, and in the one it was made of',
    deadline,
    async () => {
      await project.createSnapshot('box', 'asleep');
      await sleeps(sandbox);
      const [fork] = await project.fork('box', { count: 1 });
      assert.ok(fork);
      await sleeps(fork);
      sandbox = await project.restoreSnapshot('box', 'asleep');
      await sleeps(sandbox);
    },
  );
});
