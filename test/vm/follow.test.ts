// Events of runs that another engine has to do with.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { EngineEvent } from '../../server/engine/api.ts';
import { Place } from '../support/place.ts';
import { pidOf } from '../support/victims.ts';

const sandboxfile = 'sandboxes:\n  app:\n    image: builtin:busybox\n    memory: 128\n    scope: none\n';

const place = await Place.create(sandboxfile);
after(() => place[Symbol.asyncDispose]());

test('who follows a project hears of starts and ends by others', { timeout: 240_000 }, async () => {
  const [follower, starter] = [createEngine(), createEngine()];
  try {
    const events = new Events();
    follower.onEvent((event) => events.add(event));
    const followed = await follower.openProject({ root: place.project });
    using _following = await followed.follow();
    const project = await starter.openProject({ root: place.project });

    await project.start('app', { idle: true });
    await events.until(
      ({ kind, ...event }) => kind === 'phase' && 'phase' in event && event.phase === 'running',
    );
    await project.pause(['app']);
    await events.until((event) => event.kind === 'paused' && !event.idle);
    await project.resume(['app']);
    await events.until(({ kind }) => kind === 'resumed');
    await project.pause(['app']);
    await events.until(({ kind }) => kind === 'paused');
    // Whoever comes later hears of it too, behind the phases.
    const late = createEngine();
    try {
      const heard = new Events();
      late.onEvent((event) => heard.add(event));
      const lateProject = await late.openProject({ root: place.project });
      using _late = await lateProject.follow();
      await heard.until((event) => event.kind === 'phase' && event.phase === 'running');
      await heard.until(({ kind }) => kind === 'paused');
    } finally {
      await late.close();
    }
    await project.save(['app']);
    await events.until((event) => event.kind === 'stopped' && event.saved === true);

    // It goes on, and an end is no saving then.
    await project.start('app', { idle: true });
    await events.until((event) => event.kind === 'phase' && event.phase === 'running');
    await project.stop(['app']);
    await events.until((event) => event.kind === 'stopped' && event.saved === undefined);

    // Once more: the next run is heard of too, and its end by a kill.
    await project.start('app', { idle: true });
    await events.until(
      ({ kind, ...event }) => kind === 'phase' && 'phase' in event && event.phase === 'running',
    );
    const supervisor = await pidOf(place, 'supervisor');
    assert.ok(supervisor !== undefined);
    process.kill(supervisor, 'SIGKILL');
    await events.until(({ kind }) => kind === 'failed');
  } finally {
    await follower.close();
    await starter.close();
  }
});

test('what the file names no more is found, followed, held and stopped', { timeout: 240_000 }, async () => {
  const engine = createEngine();
  try {
    const before = await engine.openProject({ root: place.project });
    await before.start('app', { idle: true });
    await before.close();
    await place.write(sandboxfile.replace('app:', 'other:'));
    const project = await engine.openProject({ root: place.project });
    const events = new Events();
    engine.onEvent((event) => events.add(event));
    using _following = await project.follow();
    await events.until((event) => event.kind === 'phase' && event.phase === 'running');
    const statesOf = async (): Promise<readonly string[]> =>
      (await project.status()).map(({ name, state }) => `${name} ${state}`);
    assert.deepEqual(await statesOf(), ['other stopped', 'app running']);
    await project.pause();
    await events.until(({ kind }) => kind === 'paused');
    await project.resume(['app']);
    await assert.rejects(project.start('app', { idle: true }), { code: 'SANDBOX_UNKNOWN' });
    await project.stop(['app']);
    await events.until(({ kind }) => kind === 'stopped');
    assert.deepEqual(await statesOf(), ['other stopped']);
    await assert.rejects(project.stop(['app']), { code: 'SANDBOX_UNKNOWN' });
  } finally {
    await engine.close();
  }
});

/** Each event is looked at once, in order. */
class Events {
  #waiting: EngineEvent[] = [];
  #wake: () => void = () => undefined;

  add(event: EngineEvent): void {
    this.#waiting.push(event);
    this.#wake();
  }

  async until(wanted: (event: EngineEvent) => boolean): Promise<void> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (wanted(event)) return;
    }
  }
}
