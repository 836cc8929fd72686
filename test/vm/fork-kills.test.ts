// kill -9 of each process at each step of a fork: its parent goes on, the next fork works, nothing is left over.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { msb, startMsb, waitForText } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { processesOf } from '../support/processes.ts';
import { makeTemplate } from '../support/templates.ts';
import { pidOf } from '../support/victims.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: |
        mkfifo /add /told; n=0
        while :; do read word < /add; n=$((n + word)); echo $n > /told; done
`;

/** What msb tells with --trace when the step begins. */
const steps = {
  saving: '"stage":"saving"',
  starting: '"stage":"starting","done":0',
  preparing: '"phase":"preparing"',
  booting: '"phase":"booting"',
  'one runs': '"stage":"starting","done":1',
} as const;
type Step = keyof typeof steps;

/** The supervisor's and VMM's are a fork's. */
const victims: readonly (readonly [Step, readonly ('msb' | 'supervisor' | 'vmm')[]])[] = [
  ['saving', ['msb']],
  ['starting', ['msb']],
  ['preparing', ['msb', 'supervisor']],
  ['booting', ['msb', 'supervisor', 'vmm']],
  ['one runs', ['msb', 'supervisor', 'vmm']],
];

const deadline = { timeout: 300_000 };
const settleMs = 60_000;
const pollMs = 20;

suite('kill -9 in a fork', () => {
  let place: Place;
  let sum = 0;
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await msb(args, { cwd: place.project });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** Adds to what the script holds in its memory. */
  const add = async (name: string, number: number): Promise<number> =>
    Number(await run('run', name, '-e', 'sh', '--', '-c', `echo ${number} > /add; cat /told`));
  const listed = async (): Promise<readonly string[]> =>
    [...(await run('list')).matchAll(/^\d+\. (\S+)$/gm)].flatMap(([, name = '']) =>
      name === 'box' ? [] : [name],
    );
  const start = async (): Promise<void> => {
    await run('run', 'box', '-d');
    await run('run', 'box', '-e', 'sh', '--', '-c', 'while [ ! -p /told ]; do sleep 0.1; done');
    sum = 0;
  };
  /** Forks, and kills the victim when the step has been told; how that ended. */
  const forkAndKill = async (
    step: Step,
    victim: () => Promise<number | undefined> | 'msb',
  ): Promise<{ readonly code: number | null; readonly said: string }> => {
    const child = startMsb(['--trace', 'fork', 'box', '-n', '2', '--name', 'twin'], { cwd: place.project });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(child, 'close') as Promise<[number | null]>;
    await waitForText(child.stderr, steps[step]);
    const found = victim();
    const pid = found === 'msb' ? child.pid : await found;
    // A step may be over before its process is found; then there is nothing to kill.
    if (pid !== undefined) kill(pid);
    const [code] = await closed;
    return { code, said };
  };
  /** Forks, then removes all forks that there are: nothing of any is left. */
  const forkAndRemove = async (): Promise<void> => {
    assert.equal(await run('fork', 'box', '--name', 'next'), 'next\n');
    assert.equal(await add('next', 10), sum + 10);
    const forks = await listed();
    await run('down', ...forks);
    await run('remove', ...forks);
    assert.deepEqual(await listed(), []);
    const folder = path.join(place.project, 'menv');
    assert.deepEqual(await readdir(path.join(folder, 'forks/Sandboxfile/records')), []);
    assert.deepEqual(await readdir(path.join(folder, 'forks/Sandboxfile/seeds')), []);
    assert.deepEqual(await readdir(path.join(folder, 'rw/Sandboxfile')), ['box']);
    const end = performance.now() + settleMs;
    let left = await processesOf(place.home);
    while (left.length > 2 && performance.now() < end) {
      await delay(pollMs);
      left = await processesOf(place.home);
    }
    assert.equal(left.length, 2, JSON.stringify(left));
  };

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, 128);
    await start();
  }, deadline);

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  for (const [step, each] of victims) {
    for (const victim of each) {
      test(`of ${victim} at: ${step}`, deadline, async () => {
        const parent = (await pidOf(place, 'supervisor')) ?? assert.fail();
        const { code, said } = await forkAndKill(step, () =>
          victim === 'msb' ? victim : pidOf(place, victim, [parent]),
        );
        if (victim !== 'msb' && code !== 0) assert.deepEqual(await listed(), [], said);
        sum += 1;
        assert.equal(await add('box', 1), sum);
        await forkAndRemove();
      });
    }
  }

  for (const victim of ['vmm', 'supervisor'] as const) {
    test(`of the parent's ${victim} while it is saved`, deadline, async () => {
      await forkAndKill('saving', () => pidOf(place, victim));
      await start();
      await forkAndRemove();
    });
  }

  test('nothing is left', deadline, async () => {
    await run('down');
    assert.deepEqual(await place.leftovers(), []);
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}
