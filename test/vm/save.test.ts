// Sandboxes that end in the middle of what they do and go on later, and those that nobody uses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { msb, startMsb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { statusOf } from '../support/sandbox-status.ts';
import { makeTemplate } from '../support/templates.ts';

const sandboxfile = `sandboxes:
  base:
    image: builtin:busybox
    memory: 256
    scope: none
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    depends_on: [base]
    scripts:
      start: |
        life=$(head -c 8 /dev/urandom | sha256sum | cut -c 1-16)
        mkfifo /ask /told 2>/dev/null
        while :; do read word < /ask; echo $life > /told; done
`;

const deadline = { timeout: 240_000 };
const pollMs = 100;

suite('save', () => {
  let place: Place;
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await msb(args, { cwd: place.project });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const inside = (script: string): Promise<string> => run('run', 'box', '-e', 'sh', '--', '-c', script);
  /** The name that the start script chose when it began, which is in its memory only. */
  const life = (): Promise<string> =>
    inside('while [ ! -p /told ]; do sleep 0.1; done; echo x > /ask; cat /told');
  const becomes = async (...states: readonly string[]): Promise<void> => {
    while (!states.includes((await statusOf(place, 'box')).state)) await delay(pollMs);
  };

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, 256);
  }, deadline);

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('up brings what is needed; down --save and up go on', deadline, async () => {
    await run('up', 'box', '-d');
    assert.equal((await statusOf(place, 'base')).state, 'RUNNING');
    const first = await life();
    await inside('echo kept > /file');
    await run('down', '--save');
    assert.match(await run('status'), /^box +SAVED .* since \d{4}-/m);
    // Without its image it stays what it is, and says what it lacks.
    const images = join(place.home, 'images');
    await rename(images, `${images}.away`);
    const { code, stderr } = await msb(['up', '-d'], { cwd: place.project });
    assert.equal(code, 1);
    assert.match(stderr, /^Error: image is not on this machine: sha256:[0-9a-f]{64}\nHint: .*`msb pull`/m);
    await rename(`${images}.away`, images);
    // The user's folder may have got another name meanwhile.
    const moved = `${place.home}.moved`;
    await rename(place.home, moved);
    const there = (...args: string[]): ReturnType<typeof msb> =>
      msb(args, { cwd: place.project, env: { MENV_HOME: moved } });
    for (const args of [
      ['up', '-d'],
      ['down', '--save'],
    ]) {
      const ended = await there(...args);
      assert.equal(ended.code, 0, ended.stderr);
      assert.doesNotMatch(ended.stderr, /starts anew/);
    }
    await rename(moved, place.home);
    await run('up', '-d');
    assert.equal(await life(), first);
    assert.equal(await inside('cat /file'), 'kept\n');
    // Going on uses it up: what is ended as usual starts anew.
    await run('down');
    assert.equal((await statusOf(place, 'box')).state, 'STOPPED');
    await run('up', '-d', 'box');
    assert.notEqual(await life(), first);
  });

  test('also when the program that saves is killed, or the supervisor that goes on', deadline, async () => {
    const first = await life();
    const saving = startMsb(['down', '--save', 'box'], { cwd: place.project });
    const closed = once(saving, 'close');
    // It is held still while it is saved. Killed then, it goes on, unless it was saved already.
    await becomes('PAUSED', 'SAVED');
    saving.kill('SIGKILL');
    await closed;
    await becomes('RUNNING', 'SAVED');
    const starting = startMsb(['up', '-d', 'box'], { cwd: place.project });
    await once(starting, 'close');
    assert.equal(await life(), first);
    const { supervisor } = await statusOf(place, 'box');
    assert.ok(supervisor);
    process.kill(supervisor, 'SIGKILL');
    await becomes('STOPPED');
    await run('up', '-d', 'box');
    assert.notEqual(await life(), first);
    assert.equal(await inside('cat /file'), 'kept\n');
  });

  test('going back says first what is lost', deadline, async () => {
    await run('snapshot', 'create', 'box', 'one');
    await inside('head -c 2000000 /dev/urandom > /big; sync');
    const { code, stderr } = await msb(['snapshot', 'restore', 'box', 'one'], { cwd: place.project });
    assert.equal(code, 1);
    assert.match(stderr, /Going back to 'one' undoes what sandbox 'box' has done since .*, just now:/);
    assert.match(stderr, /programs {2}1 ended: start\n {2}disk {6}\d+\.\d MB written since\n/);
    assert.match(stderr, /nobody was asked/);
    assert.equal(await inside('ls /big'), '/big\n');
    await run('snapshot', 'restore', '-y', 'box', 'one');
    assert.equal(await inside('ls /big 2>/dev/null; true'), '');
  });

  test('what nobody uses is paused, and goes on when somebody does', deadline, async () => {
    await run('down');
    const { code, stderr } = await msb(['run', 'box', '-d'], {
      cwd: place.project,
      env: { MENV_IDLE_PAUSE: '0.5' },
    });
    assert.equal(code, 0, stderr);
    const first = await life();
    await becomes('PAUSED');
    assert.match(await run('status'), /^box +PAUSED .* since \d{4}-\d\d-\d\d [\d:]+, until it is used$/m);
    assert.equal(await life(), first);
    await becomes('PAUSED');
    await run('down');
    assert.deepEqual(await place.leftovers(), []);
  });
});
