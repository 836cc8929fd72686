// What every back end has to do, as one suite: each back end's test file runs it.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, EngineEvent, EngineOptions, Project, Sandbox } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { makeTemplate } from '../support/templates.ts';
import { dialling } from './behaviour/dialling.ts';
import { files } from './behaviour/files.ts';
import { isolation } from './behaviour/isolation.ts';
import { keptPrograms } from './behaviour/kept-programs.ts';
import { programs } from './behaviour/programs.ts';
import { statistics } from './behaviour/statistics.ts';
import { streams } from './behaviour/streams.ts';
import { terminals } from './behaviour/terminals.ts';
import { watching } from './behaviour/watching.ts';

export interface BackEnd {
  readonly name: string;
  readonly options: EngineOptions;
  /** How guests of this back end come to be. */
  readonly origin: 'boot' | 'template';
  /** Why it cannot run here, which the output of the tests shows. */
  readonly skip?: string;
}

/** One running sandbox that the parts of the suite share; they leave nothing in it. */
export interface Shared {
  readonly sandbox: Sandbox;
  readonly project: Project;
}

const sandboxfile = `sandboxes:
  shared:
    image: builtin:busybox
    memory: 256
    scope: none
    envs: [COLOUR=blue]
`;

const deadline = { timeout: 120_000 };

export function behaviour(backEnd: BackEnd): void {
  suite(`behaviour on ${backEnd.name}`, { skip: backEnd.skip ?? false }, () => {
    let place: Place;
    let engine: Engine;
    let project: Project;
    let sandbox: Sandbox;
    const events: EngineEvent[] = [];

    before(async () => {
      place = await Place.create(sandboxfile);
      if (backEnd.origin === 'template') await makeTemplate(place.home, 256);
      engine = createEngine({ ...backEnd.options, home: place.home });
      engine.onEvent((event) => events.push(event));
      project = await engine.openProject({ root: place.project });
      sandbox = await project.start('shared');
    }, deadline);

    after(async () => {
      await engine.close();
      await place[Symbol.asyncDispose]();
    }, deadline);

    const shared: Shared = {
      get sandbox() {
        return sandbox;
      },
      get project() {
        return project;
      },
    };

    test('is shown as running, with both processes', deadline, async () => {
      const [status] = await project.status();
      assert.equal(status?.state, 'running');
      assert.equal(status.origin, backEnd.origin);
      assert.ok(status.supervisorPid !== undefined && status.vmmPid !== undefined);
      assert.ok((status.memoryBytes ?? 0) > 16 << 20, `${status.memoryBytes} bytes of memory`);
    });

    for (const part of [
      programs,
      streams,
      terminals,
      keptPrograms,
      files,
      watching,
      dialling,
      statistics,
      isolation,
    ]) {
      suite(part.name, () => part(shared));
    }

    test('stops cleanly, tells it in order, and leaves nothing', deadline, async () => {
      await sandbox.stop();
      assert.equal((await sandbox.ended).clean, true);
      const [status] = await project.status();
      assert.equal(status?.state, 'stopped');
      await assert.rejects(sandbox.exec('true'), { code: 'STOPPED' });
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, index) => (events[0]?.seq ?? 0) + index),
      );
      const phases = events.flatMap((event) => (event.kind === 'phase' ? [event.phase] : []));
      assert.deepEqual(phases, ['preparing', 'booting', 'configuring', 'running', 'stopping']);
      assert.equal(events.at(-1)?.kind, 'stopped');
      await project.close();
      assert.deepEqual(await place.leftovers(), []);
    });
  });
}
