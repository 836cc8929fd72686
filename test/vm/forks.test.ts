// Copies of running sandboxes, as a user comes by them.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { makeTemplate } from '../support/templates.ts';

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    scripts:
      start: |
        life=$(head -c 8 /dev/urandom | sha256sum | cut -c 1-16)
        mkfifo /add /told; n=0
        while :; do read word < /add; n=$((n + word)); echo $life $n > /told; done
`;

/** Of one call; MENV_TEST_FORKS=50 is the long form. */
const many = Number(process.env['MENV_TEST_FORKS'] ?? '8');

/** Host name, its line among the hosts, clock, and four that must differ. */
const identity = `hostname; grep 127.0.1.1 /etc/hosts | tr '\\t' ' '; date +%s
cat /etc/machine-id /proc/sys/kernel/random/boot_id /proc/sys/kernel/random/uuid
head -c 16 /dev/urandom | sha256sum | cut -c 1-32`;

/** All that is on its disk, but busybox's hundreds of names, which take long to read. */
const whole = 'find / -xdev -type f -links 1 | sort | xargs sha256sum';

const deadline = { timeout: 240_000 };

suite('forks', () => {
  let place: Place;
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
  const inside = (name: string, script: string): Promise<string> =>
    run('run', name, '-e', 'sh', '--', '-c', script);
  /** Adds to what the start script holds in its memory only; the name it chose when it began, and the sum. */
  const add = async (name: string, number: number): Promise<string> =>
    (await inside(name, `echo ${number} > /add; cat /told`)).trim();

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, 256);
    await run('run', 'box', '-d');
    await inside('box', 'while [ ! -p /told ]; do sleep 0.1; done; echo kept > /file');
  }, deadline);

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test('each goes its own way, with memory and disk of its own', deadline, async () => {
    const [life] = (await add('box', 40)).split(' ');
    assert.equal(await run('fork', 'box', '-n', '2'), 'box-1\nbox-2\n');
    assert.equal(await add('box', 2), `${life} 42`);
    assert.equal(await add('box-1', 1), `${life} 41`);
    assert.equal(await add('box-2', 5), `${life} 45`);
    await inside('box-1', 'echo other > /file');
    assert.equal(await inside('box', 'cat /file; hostname'), 'kept\nbox\n');
    assert.equal(await inside('box-2', 'cat /file; hostname'), 'kept\nbox-2\n');
    assert.match(await run('status'), /^box-2 +RUNNING/m);
    assert.match(await run('list'), /^2\. box-1\n {3}Fork Of: box$/m);
  });

  test('no two of them are the same machine', deadline, async () => {
    const before = await inside('box', whole);
    const names = (await run('fork', 'box', '-n', String(many), '--name', 'twin')).trim().split('\n');
    assert.equal(names.length, many);
    const drawn: string[] = [];
    const asking = names.values();
    const ask = async (): Promise<void> => {
      for (const name of asking) {
        const [hostname, hosts, clock, ...others] = (await inside(name, identity)).trim().split('\n');
        assert.deepEqual([hostname, hosts], [name, `127.0.1.1 ${name}`]);
        assert.ok(Math.abs(Number(clock) - Date.now() / 1000) < 30, clock);
        drawn.push(...others);
      }
    };
    // A few at a time: fifty more processes at once would keep the guests from answering.
    await Promise.all(Array.from({ length: 4 }, ask));
    assert.equal(new Set(drawn).size, many * 4, drawn.join('\n'));
    assert.match(before, / \/file$/m);
    assert.equal(await inside('box', whole), before);
    await run('down', ...names);
    await run('remove', ...names);
  });

  test('names, numbers and what cannot be forked', deadline, async () => {
    assert.match(await refused('fork', 'box', '--name', 'box-2'), /there is a sandbox 'box-2' already/);
    assert.match(await refused('fork', 'box', '--name', 'a/b'), /not a name for a sandbox: 'a\/b'/);
    assert.match(await refused('fork', 'box', '-n', '101'), /between 1 and 100 forks/);
    assert.match(await refused('fork', 'fox'), /cannot find sandbox: 'fox'/);
    assert.match(await refused('fork', 'box', '--snapshot', 'none'), /there is no snapshot 'none'/);
    await run('down', 'box-2');
    assert.match(await refused('fork', 'box-2'), /sandbox 'box-2' does not run; only what runs/);
  });

  test('a fork is forked, and outlives its parent and the definition', deadline, async () => {
    const before = await add('box-1', 1);
    assert.equal(await run('fork', 'box-1', '--name', 'child'), 'child\n');
    await run('down', 'box', 'box-1');
    await place.write('sandboxes: {}\n');
    await run('clean', 'box');
    await run('remove', 'box-1');
    const [life, sum] = before.split(' ');
    assert.equal(await add('child', 1), `${life} ${Number(sum) + 1}`);
    await run('snapshot', 'create', 'child', 'one');
    await run('down', 'child');
    // Its scripts and its disk are its own.
    assert.equal(await inside('child', 'cat /file'), 'other\n');
    await run('fork', 'child', '--snapshot', 'one', '--name', 'grandchild');
    assert.equal(await add('grandchild', 1), `${life} ${Number(sum) + 2}`);
    assert.match(
      await refused('remove', 'grandchild'),
      /sandbox 'grandchild' is running; nothing was deleted/,
    );
    await run('down');
  });

  test('nothing is left of those that are removed', deadline, async () => {
    await run('remove', 'box-2', 'child', 'grandchild');
    assert.equal(await run('list'), 'No sandboxes found\n');
    assert.deepEqual(await place.leftovers(), []);
    const left = (await readdir(place.project, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    assert.deepEqual(left.map(({ name }) => name).toSorted(), [
      '.gitignore',
      'Sandboxfile',
      'lock',
      'state.db',
    ]);
  });
});
