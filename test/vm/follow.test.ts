// Events of runs that another engine has to do with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { EngineEvent } from '../../server/engine/api.ts';
import { Place } from '../support/place.ts';
import { pidOf } from '../support/victims.ts';

const sandboxfile = 'sandboxes:\n  app:\n    image: builtin:busybox\n    memory: 128\n    scope: none\n';

test('who follows a project hears of starts and ends by others', { timeout: 240_000 }, async () => {
  await using place = await Place.create(sandboxfile);
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
    await project.stop(['app']);
    await events.until(({ kind }) => kind === 'stopped');

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
