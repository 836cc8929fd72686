// kill -9 of each process at each step of a run: the next status is true, the next run works, nothing
// is left over.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { msb, startMsb, waitForOutput, waitForText } from '../support/msb.ts';
import type { MsbProcess } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { statusOf } from '../support/sandbox-status.ts';
import { pidOf } from '../support/victims.ts';
import type { Part } from '../support/victims.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      wait: |
        echo up
        exec sleep 1000
      check: echo works
`;

/** What msb tells with --trace when the step begins. */
const steps = {
  image: '"stage":"importing"',
  preparing: '"phase":"preparing"',
  booting: '"phase":"booting"',
  configuring: '"phase":"configuring"',
  running: '"phase":"running"',
  stopping: '"phase":"stopping"',
} as const;
type Step = keyof typeof steps;

const victims: Record<Step, readonly ('msb' | Part)[]> = {
  image: ['msb', 'image'],
  preparing: ['msb', 'supervisor'],
  booting: ['msb', 'supervisor', 'vmm'],
  configuring: ['msb', 'supervisor', 'vmm'],
  running: ['msb', 'supervisor', 'vmm'],
  stopping: ['msb', 'supervisor', 'vmm'],
};

const deadline = { timeout: 300_000 };

suite('kill -9', () => {
  let place: Place;

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  afterEach(() => place.endProcesses());

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  for (const step of Object.keys(steps) as Step[]) {
    for (const victim of victims[step]) {
      test(`of ${victim} at ${step}`, deadline, async () => {
        if (step === 'image') await rm(path.join(place.home, 'images'), { recursive: true, force: true });
        const child = startMsb(['--trace', 'run', 'box~wait'], { cwd: place.project });
        const closed = once(child, 'close');
        await reach(child, step);
        const pid = victim === 'msb' ? child.pid : await pidOf(place, victim);
        // A step may be over before its process is found; then there is nothing to kill.
        if (pid !== undefined) kill(pid);
        if (goesOn(victim, step)) child.kill('SIGINT');
        await closed;
        await statusIsTrue(place);
        const { code, stdout, stderr } = await msb(['run', 'box~check'], { cwd: place.project });
        assert.deepEqual([code, stdout], [0, 'works\n'], stderr);
        assert.equal((await msb(['down'], { cwd: place.project })).code, 0);
        assert.equal((await statusOf(place, 'box')).state, 'STOPPED');
        assert.deepEqual(await place.leftovers(), []);
      });
    }
  }
});

/** An image is imported without its process, a clone whose VMM died is followed by a boot. */
function goesOn(victim: 'msb' | Part, step: Step): boolean {
  if (victim === 'msb') return false;
  if (victim === 'vmm') return step !== 'running';
  return step === 'image' || step === 'stopping';
}

async function reach(child: MsbProcess, step: Step): Promise<void> {
  const reached = waitForText(child.stderr, steps[step]);
  if (step === 'stopping') {
    await waitForOutput(child, 'up\n');
    child.kill('SIGINT');
  }
  await reached;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}

/**
 * Two looks in a row that agree with each other and with the processes. They have 2 s to come to that or, where a
 * look takes its time, so many looks.
 */
async function statusIsTrue(place: Place): Promise<void> {
  const deadline = performance.now() + 2000;
  for (let looks = 1; ; looks++) {
    const before = await pidOf(place, 'supervisor');
    const status = await statusOf(place, 'box');
    const after = await pidOf(place, 'supervisor');
    if (before === after && (after === undefined) === (status.state === 'STOPPED')) return;
    assert.ok(
      looks < 5 || performance.now() < deadline,
      `status ${status.state}, supervisor ${before} and then ${after}`,
    );
  }
}
