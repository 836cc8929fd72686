// A Python session at a terminal, whose state is in memory only: back to a moment of it, and copies that go on apart.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { buildImage } from '../support/images/build.ts';
import { python } from '../support/images/recipes.ts';
import { Place } from '../support/place.ts';
import { Reader } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const deadline = { timeout: 300_000 };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'its image can be made by root only' };
const session = 'session';

/** What is said is told from the echo of what is typed. */
const prelude = `say = lambda value: print("<" + str(value) + ">")
total, letters = 40, (letter for letter in "abcdef")
total += 1; say(next(letters))
`;

suite('a Python session', needsRoot, () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let sandbox: Sandbox;

  /** As who comes back to the terminal, types, reads the answer and goes. */
  const type = async (into: Sandbox, code: string): Promise<string> => {
    const terminal = await into.attach(session, { replayBytes: 0 });
    try {
      await terminal.write(new TextEncoder().encode(code));
      const [, said = ''] = await new Reader(terminal).until(/^<(.*)>\r?$/m);
      return said;
    } finally {
      terminal.detach();
    }
  };

  before(async () => {
    const image = `${await buildImage(python)}#latest`;
    place = await Place.create(
      `sandboxes:\n  box: {image: ${JSON.stringify(image)}, memory: 256, scope: none}\n`,
    );
    await makeTemplate(place.home, 256);
    engine = createEngine({ home: place.home, templates: true });
    project = await engine.openProject({ root: place.project });
    sandbox = await project.start('box', { idle: true });
    const terminal = await sandbox.exec('/usr/bin/python3', {
      args: ['-q'],
      id: session,
      tty: { cols: 100, rows: 30 },
      stdin: 'stream',
      onDetach: 'keep',
    });
    await new Reader(terminal).until(/>>> /);
    terminal.detach();
    assert.equal(await type(sandbox, prelude), 'a');
  }, deadline);

  after(async () => {
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  test('is where it was at the snapshot again', deadline, async () => {
    await project.createSnapshot('box', 'one');
    assert.equal(await type(sandbox, 'total = -1; later = 1; say(next(letters))\n'), 'b');
    sandbox = await project.restoreSnapshot('box', 'one');
    assert.equal(await type(sandbox, 'say((total, "later" in globals()))\n'), '(41, False)');
    assert.equal(await type(sandbox, 'say(next(letters))\n'), 'b');
  });

  test('goes on in each of three forks by itself', deadline, async () => {
    const forks = await project.fork('box', { count: 3 });
    for (const [index, fork] of forks.entries())
      assert.equal(await type(fork, `total += ${index + 1}; say(total)\n`), String(42 + index));
    assert.equal(await type(sandbox, 'say((total, next(letters)))\n'), "(41, 'c')");
    for (const [index, fork] of forks.entries())
      assert.equal(await type(fork, 'say((total, next(letters)))\n'), `(${42 + index}, 'c')`);
  });

  test('nothing is left of them', deadline, async () => {
    await project.stop(undefined, { graceMs: 0 });
    assert.deepEqual(await place.leftovers(), []);
  });
});
