// Snapshots and pauses, as a user comes by them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { msb, startMsb, waitForText } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { pidOf } from '../support/victims.ts';
import { makeTemplate } from '../support/templates.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    scripts:
      start: |
        n=0
        life=$(head -c 8 /dev/urandom | sha256sum | cut -c 1-16)
        while :; do n=$((n + 1)); echo $life $n > /count.new; mv /count.new /count; sleep 0.1; done
`;

const deadline = { timeout: 300_000 };

suite('snapshots', () => {
  let place: Place;
  let lifeOfOne = '';
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await msb(args, { cwd: place.project });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await msb(args, { cwd: place.project });
    assert.equal(code, 1);
    return stderr;
  };
  const inside = (script: string): Promise<string> => run('run', 'box', '-e', 'sh', '--', '-c', script);
  /** What the script has in its memory only: a name that it chose when it began, and a number that grows. */
  const held = async (): Promise<readonly [string, number]> => {
    const [life = '', count] = (await inside('cat /count')).trim().split(' ');
    return [life, Number(count)];
  };

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, 256);
    await run('run', 'box', '-d');
  }, deadline);

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('back to a moment: memory and disk', deadline, async () => {
    await inside('while [ ! -s /count ]; do sleep 0.1; done; echo kept > /file; sync');
    await run('snapshot', 'create', 'box', 'one', '-m', 'before it');
    const [life] = await held();
    lifeOfOne = life;
    await inside('echo lost > /file; sync; touch /later');
    assert.match(
      await run('snapshot', 'ls'),
      /^box +one +\S+ +\S+ \S+ +\S+ \S+ +memory, disk +consistent +before it$/m,
    );
    assert.match(await refused('snapshot', 'create', 'box', 'one'), /there is a snapshot 'one' already/);
    await run('snapshot', 'restore', '-y', 'box', 'one');
    assert.equal(await inside('cat /file; ls /later 2>/dev/null; true'), 'kept\n');
    const [again, count] = await held();
    assert.equal(again, life);
    await inside(`while grep -q ' ${count}$' /count; do sleep 0.1; done`);
    // Twice in a row, and while it runs.
    await run('snapshot', 'restore', '-y', 'box', 'one');
    assert.equal((await held())[0], life);
    await run('down');
  });

  test('its scripts are those that the file has now', deadline, async () => {
    const added = '      greet: echo $1 from a script\n';
    await place.write(sandboxfile + added);
    await run('snapshot', 'restore', '-y', 'box', 'one');
    assert.equal((await held())[0], lifeOfOne);
    assert.equal(await run('run', 'box~greet', '--', 'hello'), 'hello from a script\n');
    // And when it has changed once more.
    await run('snapshot', 'create', 'box', 'greeting');
    await place.write(sandboxfile + added.replace('from', 'once more from'));
    await run('snapshot', 'restore', '-y', 'box', 'greeting');
    assert.equal(await run('run', 'box~greet', '--', 'hello'), 'hello once more from a script\n');
    await run('down');
    await run('snapshot', 'rm', 'box', 'greeting');
    await place.write(sandboxfile);
  });

  test('of what does not run, and by other names', deadline, async () => {
    assert.match(await refused('snapshot', 'create', 'box', 'two'), /sandbox 'box' does not run/);
    assert.match(await refused('snapshot', 'restore', '-y', 'box', 'two'), /there is no snapshot 'two'/);
    assert.match(await refused('snapshot', 'rm', 'box', '../one'), /not a name for a snapshot/);
  });

  test('in a file, and from there in another project', deadline, async () => {
    const file = join(place.project, 'one.snapshot');
    await run('snapshot', 'export', 'box', 'one', '-o', file);
    const nowhere = join(place.root, 'nowhere', 'one');
    assert.match(
      await refused('snapshot', 'export', 'box', 'one', '-o', nowhere),
      /cannot write .*nowhere\/one/,
    );
    const other = join(place.root, 'other');
    await mkdir(other);
    await copyFile(join(place.project, 'Sandboxfile'), join(other, 'Sandboxfile'));
    const there = (...args: string[]): ReturnType<typeof msb> => msb(args, { cwd: other });
    const succeed = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await there(...args);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    await succeed('snapshot', 'import', 'box', 'got', '-i', file);
    assert.match(
      (await there('snapshot', 'import', 'box', 'got', '-i', file)).stderr,
      /there is a snapshot 'got' already/,
    );
    // The first that is done in a new home.
    const env = { MENV_HOME: join(place.root, 'new', 'home') };
    assert.match(
      (await msb(['snapshot', 'import', 'box', 'new', '--disk', '-i', file], { cwd: other, env })).stderr,
      /^Error: image is not on this machine: sha256:[0-9a-f]{64}\nHint: .*`msb pull`/m,
    );
    assert.match(await succeed('snapshot', 'ls'), /^box +got +.*memory, disk +consistent +before it$/m);
    await succeed('snapshot', 'restore', '-y', 'box', 'got');
    const [life = ''] = (await succeed('run', 'box', '-e', 'cat', '--', '/count')).split(' ');
    assert.equal(life, lifeOfOne);
    // Started from the disk alone, the script begins a life of its own; the file is there.
    await succeed('snapshot', 'restore', '-y', '--disk', 'box', 'got');
    const script = 'rm /count; while [ ! -s /count ]; do sleep 0.1; done; cat /file; cat /count';
    const [kept = '', count = ''] = (await succeed('run', 'box', '-e', 'sh', '--', '-c', script)).split('\n');
    assert.equal(kept, 'kept');
    assert.notEqual(count.split(' ')[0], lifeOfOne);
    await succeed('down');
    await truncate(file, 100_000);
    assert.match(
      (await there('snapshot', 'import', 'box', 'bad', '-i', file)).stderr,
      /not a snapshot that can be used/,
    );
    assert.deepEqual((await readdir(join(other, 'menv/snapshots/Sandboxfile/box'))).sort(), ['got']);
  });

  test('killed on the way back, there is one the next time', deadline, async () => {
    await run('snapshot', 'restore', '--yes', 'box', 'one');
    for (const [victim, step] of [
      ['msb', 'preparing'],
      ['msb', 'booting'],
      ['supervisor', 'booting'],
      ['vmm', 'booting'],
    ] as const) {
      const child = startMsb(['--trace', 'snapshot', 'restore', '--yes', 'box', 'one'], {
        cwd: place.project,
      });
      const closed = once(child, 'close');
      await waitForText(child.stderr, `"phase":"${step}"`);
      const pid = victim === 'msb' ? child.pid : await pidOf(place, victim);
      // A step may be over before its process is found; then there is nothing to kill.
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await closed;
      await run('snapshot', 'restore', '--yes', 'box', 'one');
      assert.equal((await held())[0], lifeOfOne);
      assert.equal(await inside('cat /file'), 'kept\n');
    }
    await run('down');
  });

  test('outlives its sandbox, and is deleted', deadline, async () => {
    await run('snapshot', 'restore', '-y', 'box', 'one');
    assert.equal(await inside('cat /file'), 'kept\n');
    await run('snapshot', 'rm', 'box', 'one');
    assert.equal(await inside('sha256sum /bin/busybox | wc -l'), '1\n');
    assert.doesNotMatch(await run('snapshot', 'ls'), /one/);
  });

  test('pause and resume', deadline, async () => {
    await run('pause', 'box');
    // Whoever wants something of it is told, and does not wait for somebody to resume it.
    assert.match(
      await refused('run', 'box', '-e', 'true'),
      /sandbox 'box' is paused\nHint: let it go on with `msb resume`/,
    );
    await run('port', 'ls');
    await run('resume', 'box');
    const [, count] = await held();
    await inside(`while grep -q ' ${count}$' /count; do sleep 0.1; done`);
    await run('pause');
    await run('down');
    assert.match(await refused('pause', 'box'), /sandbox 'box' does not run/);
    assert.deepEqual(await place.leftovers(), []);
  });
});
