// Folders and files of the host in a sandbox: one VM for all of it.

import assert from 'node:assert/strict';
import {
  appendFile,
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { findGo } from '../../scripts/build/go.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, OutputChunk, Project, Sandbox } from '../../server/engine/index.ts';
import { hasCode } from '../../server/engine/errors/index.ts';
import { Place } from '../support/place.ts';
import { sh } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const deadline = { timeout: 300_000 };
const pollMs = 50;

const sandboxfile = `sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: none
    volumes:
      - ./work:/work
      - ./fixed:/deep/er/fixed:ro
      - ./one.conf:/etc/one.conf
      - ./tools:/tools:ro
      - ./mine:/mine
    volume_options:
      /mine: { hide: [.env, .git, 'secrets/*.pem'], private: [node_modules], quota: 4 MB }
  lost:
    image: builtin:busybox
    memory: 128
    scope: none
    volumes: [./no/such:/x]
  file-on-folder: { image: builtin:busybox, memory: 256, scope: none, volumes: ['./one.conf:/etc'] }
  folder-on-file: { image: builtin:busybox, memory: 256, scope: none, volumes: ['./work:/etc/passwd'] }
  folder-below-file: { image: builtin:busybox, memory: 256, scope: none, volumes: ['./work:/etc/passwd/a'] }
  folder-in-sysfs: { image: builtin:busybox, memory: 256, scope: none, volumes: ['./work:/sys/a'] }
  folder-for-the-root: { image: builtin:busybox, memory: 256, scope: none, volumes: ['./work:/'] }
`;

const hidden = ['mine/.env', 'mine/.git/config', 'mine/secrets/a.pem'];

suite('volumes', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let box: Sandbox;
  const made = new AsyncDisposableStack();

  const host = (name: string): string => path.join(place.project, name);
  /** What a script prints; it has to succeed. */
  const says = async (script: string): Promise<string> => {
    const { status, stdout, stderr } = await sh(box, script);
    assert.equal(status.code, 0, stderr);
    return stdout.trimEnd();
  };

  before(async () => {
    place = made.use(await Place.create(sandboxfile));
    await Promise.all(['work', 'fixed', 'tools', 'mine'].map((name) => mkdir(host(name))));
    await Promise.all([mkdir(host('mine/secrets')), mkdir(host('mine/.git'))]);
    await Promise.all(hidden.map((name) => writeFile(host(name), 'not for the guest\n')));
    const target = { goos: 'linux', arch: hostPlatform().arch } as const;
    await (await findGo()).build('./cmd/watchlist', host('tools/watchlist'), target);
    await Promise.all([writeFile(host('fixed/kept'), 'kept\n'), writeFile(host('one.conf'), 'one\n')]);
    // Its guests have mounts ready for the first folders; other volumes are mounted in every start.
    await makeTemplate(place.home, 256);
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

  test('what the host writes the guest reads, and the other way round', deadline, async () => {
    await writeFile(host('work/from-host'), 'hello\n');
    assert.equal(await says('cat /work/from-host'), 'hello');
    await says(
      'mkdir -p /work/a/b && echo "in the guest" > /work/a/b/file && mv /work/a/b/file /work/a/moved',
    );
    assert.equal(await readFile(host('work/a/moved'), 'utf8'), 'in the guest\n');
    await says('rm /work/a/moved && rmdir /work/a/b /work/a');
    await assert.rejects(stat(host('work/a')), { code: 'ENOENT' });
  });

  test('bytes stay what they are, whatever their number', deadline, async () => {
    const bytes = Buffer.alloc(5_000_001, 'a volume carries every byte ');
    await writeFile(host('work/large'), bytes);
    await says('cp /work/large /tmp/large && cp /tmp/large /work/back && cmp /work/large /work/back');
    assert.ok(bytes.equals(await readFile(host('work/back'))));
    await says('dd if=/dev/zero of=/work/sparse bs=1 count=1 seek=3000000 2>/dev/null');
    const { size, blocks } = await stat(host('work/sparse'));
    assert.equal(size, 3_000_001);
    assert.ok(blocks * 512 < 1_000_000);
  });

  test('modes, times, owners, symlinks and hard links are the same on both sides', deadline, async () => {
    await writeFile(host('work/mine'), '');
    await Promise.all([chmod(host('work/mine'), 0o640), symlink('../../outside', host('work/link'))]);
    await utimes(host('work/mine'), 1, 981_000_000);
    assert.equal(await says("stat -c '%a %u %g %Y %h' /work/mine"), '640 0 0 981000000 1');
    assert.equal(await says('readlink /work/link'), '../../outside');
    await says(
      `cd /work; echo x > made; chmod 750 made; touch -d @981000001 made; ln made made2; ln -s /etc/passwd out`,
    );
    const info = await lstat(host('work/made'));
    assert.equal(info.mode & 0o7777, 0o750);
    assert.deepEqual([info.mtimeMs, info.nlink, info.uid], [981_000_001_000, 2, process.getuid?.()]);
    assert.equal(await readlink(host('work/out')), '/etc/passwd');
    await says('cd /work; echo y > "Ä名"; test ! -e "ä名"');
    assert.equal(await readFile(host('work/Ä名'), 'utf8'), 'y\n');
  });

  test('a read-only folder cannot be changed, whoever tries', deadline, async () => {
    assert.equal(await says('cat /deep/er/fixed/kept'), 'kept');
    const { stderr } = await sh(
      box,
      'cd /deep/er/fixed; echo x > new; echo x > kept; rm kept; mount -o remount,rw . && echo x > kept',
    );
    assert.match(stderr, /Read-only file system/);
    assert.equal(await readFile(host('fixed/kept'), 'utf8'), 'kept\n');
    await assert.rejects(stat(host('fixed/new')), { code: 'ENOENT' });
  });

  test('a single file is mounted, and follows its name', deadline, async () => {
    assert.equal(await says('cat /etc/one.conf; echo two > /etc/one.conf'), 'one');
    assert.equal(await readFile(host('one.conf'), 'utf8'), 'two\n');
    await rm(host('one.conf'));
    await writeFile(host('one.conf'), 'replaced by an editor\n');
    await says('for i in $(seq 100); do grep -q replaced /etc/one.conf && exit; sleep 0.1; done; exit 1');
  });

  test('programs that watch a folder are told what the host changes', deadline, async () => {
    await mkdir(host('work/watched'));
    await writeFile(host('work/watched/old'), 'one\n');
    const watching = await box.exec('/tools/watchlist', { args: ['/work/watched', '/deep/er/fixed'] });
    let said = '';
    const chunks = watching.output[Symbol.asyncIterator]();
    /** Reads on until all of these lines were said after what was read before. */
    const told = async (...lines: readonly string[]): Promise<void> => {
      while (!lines.every((line) => said.includes(`${line}\n`))) {
        const chunk: IteratorResult<OutputChunk, undefined> = await chunks.next();
        assert.ok(chunk.done !== true, said);
        said += new TextDecoder().decode(chunk.value.data);
      }
      said = '';
    };
    await told('watching');
    await writeFile(host('work/watched/new'), 'two\n');
    await told('create new', 'modify new', 'written new');
    await appendFile(host('work/watched/old'), 'more\n');
    await told('modify old', 'written old');
    assert.equal(await says('cat /work/watched/old'), 'one\nmore');
    await chmod(host('work/watched/old'), 0o600);
    await told('attributes old');
    await rename(host('work/watched/new'), host('work/watched/old'));
    await told('delete new', 'delete old', 'create old');
    assert.equal(await says('cat /work/watched/old'), 'two');
    await mkdir(host('fixed/folder'));
    await told('create folder');
    await rm(host('fixed/folder'), { recursive: true });
    await told('delete folder');
    await watching.kill(9);
    while ((await chunks.next()).done !== true);
    assert.equal((await watching.exit).signal, 9);
  });

  test('what the guest has seen and the host changes is told, not asked for in vain', deadline, async () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const file = (index: number): string => host(`work/told/${index % 3}/f${index}`);
    await Promise.all([0, 1, 2].map((index) => mkdir(host(`work/told/${index}`), { recursive: true })));
    await Promise.all(numbers.map((index) => writeFile(file(index), 'before\n')));
    const look =
      'find /work/told -type f | xargs stat -c "%a %s" | sort | uniq -c; cat /work/told/*/* | sort | uniq -c';
    assert.deepEqual((await says(look)).match(/\S+/g), ['60', '644', '7', '60', 'before']);
    for (const index of numbers.slice(0, 50)) await writeFile(file(index), 'changed\n');
    for (const index of numbers.slice(0, 20)) await chmod(file(index), 0o600);
    for (const index of numbers.slice(20, 30)) await rename(file(index), `${file(index)}-moved`);
    for (const index of numbers.slice(30, 40)) await rm(file(index));
    await rename(host('work/told/0'), host('work/told/other'));
    const expected = '20 600 8 10 644 7 20 644 8 10 before 40 changed';
    // Far sooner than the guest would ask again by itself.
    const seen = `for i in $(seq 300); do test "$(echo $(${look} 2>/dev/null))" = "${expected}" && exit; sleep 0.1; done; ${look}; exit 1`;
    const { status, stdout } = await sh(box, seen);
    assert.equal(status.code, 0, stdout);
    await says('rm -r /work/told');
  });

  test('what is hidden does not exist, and nothing that the guest moves shows it', deadline, async () => {
    assert.equal(await says('ls -A /mine /mine/secrets'), '/mine:\nnode_modules\nsecrets\n\n/mine/secrets:');
    const { stdout, stderr } = await sh(
      box,
      `cd /mine; cat .env .ENV .git/config secrets/a.pem; echo x > .env; mkdir .git; mv secrets open
      ln -s .env link; cat link; cp -r secrets copy; cat copy/*; rm -r link copy; rm -rf .env .git secrets; echo * secrets/*`,
    );
    assert.equal(stdout, 'node_modules secrets secrets/*\n');
    assert.match(stderr, /'\.env': No such file/);
    assert.match(stderr, /can't create \.env: Permission denied/);
    assert.match(stderr, /can't rename 'secrets': Permission denied/);
    for (const name of hidden)
      assert.equal(await readFile(host(name), 'utf8'), 'not for the guest\n', stderr);
  });

  test(
    'a private folder is on the disk of the sandbox, whatever the host does to its own',
    deadline,
    async () => {
      await writeFile(host('mine/node_modules/of-the-host'), 'host\n');
      await says(
        'cd /mine/node_modules; ls -A; mkdir -p dep; echo guest > dep/index; ls -A .. | grep node_modules',
      );
      await rm(host('mine/node_modules'), { recursive: true });
      await mkdir(host('mine/node_modules'));
      await writeFile(host('mine/node_modules/again'), 'host\n');
      assert.equal(await says('cat /mine/node_modules/dep/index; ls -A /mine/node_modules'), 'guest\ndep');
      assert.deepEqual(await readdir(host('mine/node_modules')), ['again']);
      // Not even a guest that takes its own away sees the host's.
      assert.equal(
        await says('unshare -m sh -c "umount /mine/node_modules && ls -A /mine/node_modules"'),
        '',
      );
    },
  );

  test('a quota is an end, told as that of a disk, and what is removed is given back', deadline, async () => {
    const full = await sh(box, 'dd if=/dev/zero of=/mine/large bs=64k count=100');
    assert.notEqual(full.status.code, 0);
    assert.match(full.stderr, /[Qq]uota exceeded/);
    const { size } = await stat(host('mine/large'));
    assert.ok(size > 3.5 * 1024 ** 2 && size <= 4 * 1024 ** 2, String(size));
    assert.match(await says('df -k /mine | tail -n 1'), /\s4096\s+\d+\s+\d{1,3}\s/);
    const used = async (): Promise<number> => {
      const [status] = await project.status(['box']);
      const [volume] = status?.volumes ?? [];
      assert.deepEqual([volume?.guest, volume?.quotaBytes], ['/mine', 4 * 1024 ** 2]);
      return volume?.usedBytes ?? 0;
    };
    assert.ok((await used()) >= size);
    await says('rm /mine/large; cp /bin/busybox /mine/copy; rm /mine/copy');
    // The guest's kernel says in its own time that nothing needs them any more.
    while ((await used()) >= 64 * 1024) await setTimeout(pollMs);
  });

  test('many names in one folder are all there, once', deadline, async () => {
    const count = 1000;
    await says(
      `mkdir /work/many; cd /work/many; i=0; while [ $i -lt ${count} ]; do : > "name-$i"; i=$((i+1)); done`,
    );
    assert.equal(
      await says('ls /work/many | sort -u | wc -l; ls -l /work/many | wc -l'),
      `${count}\n${count + 1}`,
    );
    await says('rm -r /work/many');
    await assert.rejects(stat(host('work/many')), { code: 'ENOENT' });
  });

  test('a snapshot goes on where it was: in its folders, with its open files', deadline, async () => {
    await mkdir(host('work/here'));
    await writeFile(host('work/here/replaced'), 'before\n');
    await says('touch /tmp/go /tmp/on; cat /work/here/replaced');
    const goesOn = await box.exec('sh', {
      args: [
        '-c',
        'cd /work/here; exec 3>>kept 4<replaced; while :; do sleep 0.1; [ -e /tmp/next ] || continue; rm /tmp/next; pwd >&3; ls >&3; cat <&4 >&3 2>&3; cat replaced >&3; echo done >&3; done',
      ],
      onDetach: 'keep',
    });
    await project.createSnapshot('box', 'one');
    await says('echo after the snapshot > /work/here/later');
    await rm(host('work/here/replaced'));
    await writeFile(host('work/here/replaced'), 'another file\n');
    box = await project.restoreSnapshot('box', 'one');
    await says(
      'touch /tmp/next; for i in $(seq 100); do grep -q done /work/here/kept && exit; sleep 0.1; done; exit 1',
    );
    const kept = await readFile(host('work/here/kept'), 'utf8');
    assert.match(kept, /^\/work\/here\nkept\nlater\nreplaced\n/);
    assert.doesNotMatch(kept.slice(0, kept.indexOf('another file')), /another/);
    assert.match(kept, /another file\ndone\n$/);
    goesOn.detach();
    assert.equal(await says('cat /mine/node_modules/dep/index; ls -A /mine'), 'guest\nnode_modules\nsecrets');
  });

  test('a private folder outlives the run', deadline, async () => {
    await project.stop(['box']);
    box = await project.start('box', { idle: true });
    assert.equal(await says('cat /mine/node_modules/dep/index; ls -A /mine/node_modules'), 'guest\ndep');
  });

  test('a host path that does not exist is told, and nothing starts', deadline, async () => {
    await assert.rejects(project.start('lost', { idle: true }), (error) => {
      assert.ok(hasCode(error, 'VOLUME_MISSING'));
      assert.equal(error.message, `host path does not exist: ${host('no/such')}`);
      return true;
    });
  });

  for (const [name, point] of [
    ['file-on-folder', '/etc'],
    ['folder-on-file', '/etc/passwd'],
    ['folder-below-file', '/etc/passwd/a'],
    ['folder-in-sysfs', '/sys/a'],
    ['folder-for-the-root', '/'],
  ] as const)
    test(`a ${name.replaceAll('-', ' ')} is told, and nothing runs`, deadline, async () => {
      await assert.rejects(project.start(name, { idle: true }), (error) => {
        assert.ok(hasCode(error, 'VOLUME_POINT'), String(error));
        assert.equal(error.subject, point);
        return true;
      });
      assert.equal(await project.find(name), undefined);
    });
});
