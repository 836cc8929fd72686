// Guests that wait for their sandbox.

import assert from 'node:assert/strict';
import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, suite, test } from 'node:test';
import { holdsFilesOf } from '../../scripts/check/open-files.ts';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project } from '../../server/engine/index.ts';
import { homeAt } from '../../server/engine/layout.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { KeptPool } from '../support/pool.ts';
import { cpuTicks, processesOf } from '../support/processes.ts';
import { makeTemplate } from '../support/templates.ts';

const memory = 192;
const sandbox = (name: string): string =>
  `  ${name}:\n    image: builtin:busybox\n    memory: ${memory}\n    scope: none\n`;
const sandboxfile = `sandboxes:\n${['one', 'two', 'three'].map(sandbox).join('')}`;

const deadline = { timeout: 600_000 };
const pollMs = 50;
const ascending = (a: number, b: number): number => a - b;

/** What programs can tell two machines apart by. */
const identity = `cat /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid /etc/machine-id
head -c 32 /dev/urandom | sha256sum; head -c 32 /dev/random | sha256sum
mktemp -u /tmp/XXXXXXXXXXXX; hostname; grep stack /proc/self/maps`;

suite('the pool', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, memory);
    engine = createEngine({ home: place.home });
    project = await engine.openProject({ root: place.project });
  }, deadline);

  after(async () => {
    await engine.close();
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  }, deadline);

  const origin = async (name: string): Promise<string | undefined> =>
    (await project.status([name]))[0]?.origin;
  const inside = async (name: string, script: string): Promise<string> => {
    const { code, stdout, stderr } = await msb(['run', name, '-e', 'sh', '--', '-c', script], {
      cwd: place.project,
    });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  /** Nothing works for this home any more. */
  const nothingLeft = async (): Promise<void> => {
    while ((await processesOf(place.home)).length > 0) await delay(pollMs);
  };

  const twoThatDiffer = async (): Promise<void> => {
    await Promise.all([project.start('one', { idle: true }), project.start('two', { idle: true })]);
    assert.deepEqual([await origin('one'), await origin('two')], ['pool', 'pool']);
    const [first = [], second = []] = await Promise.all(
      ['one', 'two'].map(async (name) => (await inside(name, identity)).trim().split('\n')),
    );
    assert.equal(first.length, 8);
    for (const [index, line] of first.entries()) assert.notEqual(line, second[index]);
    assert.equal(first[6], 'one');
  };
  /** Those that have an image's disk open. */
  const vmmsWithImage = async (): Promise<readonly number[]> => {
    const images = await realpath(homeAt(place.home).images);
    const pids: number[] = [];
    for (const { pid, command } of await processesOf(place.home)) {
      if (command.includes('qemu') && (await holdsFilesOf(String(pid), images))) pids.push(pid);
    }
    return pids.sort(ascending);
  };

  test('starts take its guests, which differ and keep what they wrote', deadline, async () => {
    using pool = new KeptPool(place.home, 2, memory);
    await pool.ready(2);
    await twoThatDiffer();
    await inside('one', 'echo kept > /kept; sync');
    await project.stop(['one', 'two'], { graceMs: 0 });
    // As many for any image, and as many that have rehearsed with the one that was started.
    await pool.ready(4);
    const rehearsed = await vmmsWithImage();
    assert.equal(rehearsed.length, 2);
    await twoThatDiffer();
    const taken = (await project.status(['one', 'two'])).map(({ vmmPid }) => vmmPid ?? 0);
    assert.deepEqual(taken.sort(ascending), rehearsed);
    // With the disk that there is by now, and with the whole image.
    assert.equal(await inside('one', 'cat /kept'), 'kept\n');
    assert.equal(
      await inside('two', 'sha256sum < /bin/busybox'),
      await inside('one', 'sha256sum < /bin/busybox'),
    );
    await project.stop(['one', 'two'], { graceMs: 0 });
    pool[Symbol.dispose]();
    await nothingLeft();
  });

  test('uses no processor while it waits, and ends with who keeps it', deadline, async () => {
    using pool = new KeptPool(place.home, 1, memory);
    await pool.ready(1);
    const processes = await processesOf(place.home);
    assert.equal(processes.length, 3, JSON.stringify(processes));
    const used = async (): Promise<number> =>
      (await Promise.all(processes.map(({ pid }) => cpuTicks(pid)))).reduce((sum, ticks) => sum + ticks, 0);
    // What had begun before, making it, comes to its end; what polls or computes never would.
    const within = async (windowMs: number): Promise<number> => {
      const before = await used();
      await delay(windowMs);
      return (await used()) - before;
    };
    let ticks = await within(2_000);
    for (let again = 0; again < 30 && ticks > processes.length; again++) ticks = await within(2_000);
    assert.ok(ticks <= processes.length, `${String(ticks)} ticks of a processor in 2 s`);
    pool[Symbol.dispose]();
    await nothingLeft();
  });

  test('without guests, by its size, starts go on from the template', deadline, async () => {
    using pool = new KeptPool(place.home, 0, memory);
    await pool.ready(0);
    await project.start('three', { idle: true });
    assert.equal(await origin('three'), 'template');
    await project.stop(['three'], { graceMs: 0 });
    pool[Symbol.dispose]();
    await nothingLeft();
  });

  test('a killed guest, supervisor or keeper costs the pool and no start', deadline, async () => {
    for (const part of [/qemu/, /menv spare$/, /menv pool$/]) {
      using pool = new KeptPool(place.home, 1, memory);
      await pool.ready(1);
      const victim = (await processesOf(place.home)).find(({ command }) => part.test(command));
      assert.ok(victim !== undefined, String(part));
      process.kill(victim.pid, 'SIGKILL');
      await project.start('three', { idle: true });
      assert.ok((await origin('three')) !== undefined);
      assert.equal(await inside('three', 'echo works'), 'works\n');
      await project.stop(['three'], { graceMs: 0 });
      pool[Symbol.dispose]();
      await nothingLeft();
    }
  });

  test('a claimed guest outlives the pool', deadline, async () => {
    using pool = new KeptPool(place.home, 1, memory);
    await pool.ready(1);
    await project.start('one', { idle: true });
    assert.equal(await origin('one'), 'pool');
    pool[Symbol.dispose]();
    while ((await processesOf(place.home)).some(({ command }) => command.endsWith('menv pool')))
      await delay(pollMs);
    assert.equal(await inside('one', 'cat /kept'), 'kept\n');
    await project.stop(['one'], { graceMs: 0 });
    await nothingLeft();
  });
});
