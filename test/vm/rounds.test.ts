// Starts and stops, again and again: what stays afterwards is what was there before.

import assert from 'node:assert/strict';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { KeptPool } from '../support/pool.ts';
import { processesOf, residentBytes } from '../support/processes.ts';
import { makeTemplate } from '../support/templates.ts';

const rounds = Number(process.env['MENV_TEST_ROUNDS'] ?? '10');
/** The pool lets some seconds pass before it makes another guest. */
const poolRounds = Math.ceil(rounds / 4);
const memory = 192;
const mebibyte = 2 ** 20;
const deadline = { timeout: 300_000 + rounds * 30_000 };
const pollMs = 50;
/** What a start leaves behind for a moment: a supervisor that has answered and ends. */
const endingMs = 60_000;
/** Its heap has a collector; a leak of one round's anything would be more after 200. */
const keeperMayGrow = 4;
const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: ${memory}
    scope: none
    scripts:
      start: echo round
`;

suite(`${String(rounds)} rounds of start and stop`, () => {
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

  const round = async (): Promise<void> => {
    const { program, sandbox } = await project.run('box');
    let said = '';
    for await (const { data } of program.output) said += new TextDecoder().decode(data);
    assert.equal(said, 'round\n');
    await sandbox.ended;
    await project.start('box', { idle: true });
    await project.stop(['box'], { graceMs: 0 });
  };

  test('from the template leave nothing', deadline, async () => {
    await round();
    // A supervisor that has answered may still be on its way out.
    assert.deepEqual(await place.running(), []);
    const before = await whatIs(place);
    for (let done = 1; done < rounds; done++) await round();
    await nothingNew(before, () => whatIs(place));
  });

  test('from the pool leave nothing, nor with its keeper', deadline, async () => {
    using pool = new KeptPool(place.home, 1, memory);
    const claim = async (): Promise<void> => {
      await pool.ready(1);
      await project.start('box', { idle: true });
      await project.stop(['box'], { graceMs: 0 });
    };
    await claim();
    await pool.ready(1);
    const before = await whatIs(place);
    const keeper = (await processesOf(place.home)).find(({ command }) => command.endsWith('menv pool'));
    assert.ok(keeper !== undefined);
    const descriptors = await openDescriptors(keeper.pid);
    const resident = await residentBytes(keeper.pid);
    for (let done = 1; done < poolRounds; done++) await claim();
    await pool.ready(1);
    await nothingNew(before, () => whatIs(place));
    await nothingNew(descriptors, () => openDescriptors(keeper.pid));
    const grown = ((await residentBytes(keeper.pid)) - resident) / mebibyte;
    assert.ok(grown <= keeperMayGrow, `the keeper has grown by ${grown.toFixed(1)} MiB`);
  });
});

/**
 * Processes by their programs, since which one a spare's is differs; files; and what this process, which has the
 * engine in it, has open.
 */
async function whatIs({ home, project, temporary }: Place): Promise<readonly string[]> {
  const processes = (await processesOf(home)).map(({ command }) => command.split(' -')[0] ?? '').sort();
  const files = (await Promise.all([home, project, temporary].map(filesBelow))).flat();
  return [...processes, ...files, ...(await openDescriptors(process.pid))];
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((entry) => path.join(folder, entry)).sort();
}

/** What a process has open, without the numbers by which the kernel tells sockets and pipes apart. */
async function openDescriptors(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${String(pid)}/fd`;
  const names = await Promise.all(
    (await readdir(folder)).map((name) => readlink(path.join(folder, name)).catch(() => undefined)),
  );
  return names
    .filter((name) => name !== undefined)
    .map((name) => name.replace(/\[\d+\]/, ''))
    .sort();
}

/** Fails for what is there and was not before, or is there more often; what is ending is given its time. */
async function nothingNew(before: readonly string[], look: () => Promise<readonly string[]>): Promise<void> {
  const end = performance.now() + endingMs;
  let found = added(before, await look());
  while (found.length > 0 && performance.now() < end) {
    await delay(pollMs);
    found = added(before, await look());
  }
  assert.deepEqual(found, []);
}

function added(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = [...before];
  return after.filter((item) => {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
