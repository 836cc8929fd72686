// Volumes at the host's ends: a full disk, a folder of very many files, and several guests on one tree.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { findGo } from '../../scripts/build/go.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { sh } from '../support/programs.ts';

const execute = promisify(execFile);
const mountsDisks = process.getuid?.() === 0 ? {} : { skip: 'a disk of its own is mounted by root' };

/** VOLUME_ENTRIES=1000000 is the long form. */
const entries = Number(process.env['VOLUME_ENTRIES'] ?? '20000');
const deadline = { timeout: 240_000 + 2 * entries };

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    volumes: [./work:/work, ./full:/full, ./crowd:/crowd:ro]
  stuck:
    image: builtin:busybox
    memory: 256
    scope: none
    volumes: [./hanging:/hanging]
`;

suite('volumes at their limits', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let box: Sandbox;
  const made = new AsyncDisposableStack();

  const host = (name: string): string => path.join(place.project, name);
  /** What a script prints; it has to succeed. */
  const says = async (script: string, where = box): Promise<string> => {
    const { status, stdout, stderr } = await sh(where, script);
    assert.equal(status.code, 0, stderr);
    return stdout.trimEnd();
  };

  before(async () => {
    place = made.use(await Place.create(sandboxfile));
    await Promise.all([mkdir(host('work')), mkdir(host('full')), mkdir(host('crowd'))]);
    if (process.getuid?.() === 0) {
      await execute('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', host('full')]);
      made.defer(async () => {
        await execute('umount', ['-l', host('full')]);
      });
    }
    await execute('sh', ['-c', `cd "$1" && seq -f name-%.0f ${entries} | xargs touch`, 'sh', host('crowd')]);
    engine = createEngine();
    made.defer(() => engine.close());
    project = await engine.openProject({ root: place.project });
    box = await project.start('box', { idle: true });
  }, deadline);

  after(async () => {
    await project.stop();
    assert.deepEqual(await place.leftovers(), []);
    await made.disposeAsync();
  }, deadline);

  test(
    'a full disk is told to who writes to it, and to nobody else',
    { ...deadline, ...mountsDisks },
    async () => {
      const filled = await sh(box, 'echo kept > /full/kept; dd if=/dev/zero of=/full/large bs=64k count=64');
      assert.equal(filled.status.code, 1);
      assert.match(filled.stderr, /No space left on device/);
      assert.match((await sh(box, 'echo more > /full/more')).stderr, /No space left on device/);
      assert.equal(await says('cat /full/kept; echo fine > /work/fine; cat /work/fine'), 'kept\nfine');
      await rm(host('full/large'));
      // The disk has its room back once the guest, which is told, has let go of the file too.
      await says('until echo again > /full/again; do sleep 0.1; done');
      assert.equal(await readFile(host('full/again'), 'utf8'), 'again\n');
    },
  );

  test('a folder of very many files is listed whole, with what each of them is', deadline, async () => {
    // As many different numbers as there are names.
    const count = `find . -type f | awk -F- '{ n++; sum += $2; squares += $2 * $2 % 1000003 } END { printf "%.0f %.0f %.0f", n, sum, squares }'`;
    const numbers = Array.from({ length: entries }, (_, index) => index + 1);
    const sum = (of: readonly number[]): number => of.reduce((total, one) => total + one, 0);
    const expected = [entries, sum(numbers), sum(numbers.map((n) => (n * n) % 1_000_003))];
    assert.equal(await says(`cd /crowd && ${count}`), expected.join(' '));
    assert.equal(
      await says(`stat -c %n /crowd/name-${entries}; echo on > /work/on; cat /work/on`),
      `/crowd/name-${entries}\non`,
    );
  });

  test('forks see the tree as it is now, and each other in it', deadline, async () => {
    await writeFile(host('work/changing'), 'before\n');
    await writeFile(host('work/removed'), 'open\n');
    const script =
      'cd /work; exec 3< removed; read line < changing; touch /tmp/ready; while [ ! -e /tmp/on ]; do sleep 0.1; done; cat changing; cat <&3; echo went on >> "by-$(hostname)"';
    await box.exec('sh', {
      args: ['-c', `(${script}) > /tmp/said 2>&1; touch /tmp/ended`],
      onDetach: 'keep',
    });
    await says('while [ ! -e /tmp/ready ]; do sleep 0.1; done');
    const forks = await project.fork('box', { count: 2 });
    await writeFile(host('work/changing'), 'after\n');
    await rm(host('work/removed'));
    for (const fork of forks) {
      const said = await says(
        'touch /tmp/on; while [ ! -e /tmp/ended ]; do sleep 0.1; done; cat /tmp/said',
        fork,
      );
      assert.match(said, /^after\n/);
      // What was in the removed file, or that it is gone: never another file.
      assert.match(said, /\n(open|.*Stale file handle)$/);
      const name = await says('hostname; echo seen > "/work/of-$(hostname)"', fork);
      assert.equal(await readFile(host(`work/by-${name}`), 'utf8'), 'went on\n');
      assert.equal(await says(`cat /work/of-${name}; cat /work/by-${name}`), 'seen\nwent on');
    }
    await says('touch /tmp/on; while [ ! -e /tmp/ended ]; do sleep 0.1; done');
  });

  test(
    'a sandbox whose volume hangs on the host can be stopped, and starts again',
    { ...deadline, ...mountsDisks },
    async () => {
      await using hanging = await Hanging.mount(host('hanging'), path.join(place.root, 'hangingfs'));
      const stuck = await project.start('stuck', { idle: true });
      await says('echo kept > /kept; sync', stuck);
      const waiting = sh(stuck, 'cat /hanging/lost').catch(() => undefined);
      await hanging.said('asked');
      await project.stop(['stuck'], { graceMs: 0 });
      await waiting;
      assert.equal((await project.status(['stuck']))[0]?.state, 'stopped');
      // The host's file system hangs still, and what waited for it may.
      const again = await project.start('stuck', { idle: true });
      assert.equal(await says('cat /kept', again), 'kept');
      await project.stop(['stuck'], { graceMs: 0 });
    },
  );
});

/** A file system of the host's that answers no lookup, by the program that serves it. */
class Hanging implements AsyncDisposable {
  readonly #server;
  readonly #lines;

  private constructor(program: string, folder: string) {
    this.#server = spawn(program, [folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface(this.#server.stdout)[Symbol.asyncIterator]();
  }

  static async mount(folder: string, program: string): Promise<Hanging> {
    const target = { goos: 'linux', arch: hostPlatform().arch } as const;
    await Promise.all([mkdir(folder), findGo().then((go) => go.build('./cmd/hangingfs', program, target))]);
    const hanging = new Hanging(program, folder);
    await hanging.said('mounted');
    return hanging;
  }

  async said(expected: string): Promise<void> {
    assert.deepEqual(await this.#lines.next(), { done: false, value: expected });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#server, 'close');
    this.#server.stdin.end();
    await ended;
  }
}
