// With the real `menv`; wants the built dist/.

import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Engine } from '../api.ts';
import { createEngine, hasCode } from '../index.ts';
import type { ErrorCode } from '../index.ts';
import { History } from '../state/history.ts';

const defined = 'sandboxes:\n  app: { image: "builtin:busybox", scripts: { start: a } }\n';

interface Place {
  readonly engine: Engine;
  readonly home: string;
  readonly root: string;
  readonly write: (path: string, text?: string) => Promise<void>;
  readonly has: (path: string) => Promise<boolean>;
}

async function place(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'clean-'));
  const [home, root] = [join(folder, 'home'), join(folder, 'project')];
  await Promise.all([mkdir(home), mkdir(root), mkdir(join(folder, 'user'))]);
  const before = process.env['HOME'];
  process.env['HOME'] = join(folder, 'user');
  const engine = createEngine({ home });
  t.after(async () => {
    await engine.close();
    process.env['HOME'] = before;
    await rm(folder, { recursive: true });
  });
  return {
    engine,
    home,
    root,
    write: async (path, text = 'x') => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    has: (path) =>
      lstat(join(folder, path)).then(
        () => true,
        () => false,
      ),
  };
}

async function fails(call: Promise<void>, code: ErrorCode): Promise<void> {
  await assert.rejects(call, (error) => hasCode(error, code));
}

test('a whole project goes when nothing defines it, or by force', async (t) => {
  const { engine, root, write, has } = await place(t);
  await write('project/menv/rw/Sandboxfile/app/disk.img');
  await write('project/menv/rw/other.yaml/old/disk.img');
  await write('project/Sandboxfile', defined);
  await fails(engine.clean({ root }), 'CLEAN_CONFIGURED');
  await write('project/Sandboxfile', 'sandboxes: [broken');
  await fails(engine.clean({ root }), 'CLEAN_CONFIGURED');
  await engine.clean({ root, force: true, dryRun: true });
  assert.ok(await has('project/menv/rw/other.yaml/old/disk.img'));
  await engine.clean({ root, force: true });
  assert.ok(!(await has('project/menv')));
  assert.ok(await has('project/Sandboxfile'));
  await write('project/menv/log/Sandboxfile/app.log');
  await rm(join(root, 'Sandboxfile'));
  await engine.clean({ root });
  assert.deepEqual(await readdir(root), []);
  await engine.clean({ root });
});

test('one sandbox goes with disk, logs and history, and nothing else does', async (t) => {
  const { engine, root, write, has } = await place(t);
  for (const name of ['app', 'kept']) {
    await write(`project/menv/rw/Sandboxfile/${name}/disk.img`);
    await write(`project/menv/log/Sandboxfile/${name}.log`);
    await write(`project/menv/log/Sandboxfile/${name}.old`);
  }
  {
    using history = await History.open(join(root, 'menv', 'state.db'));
    const run = { startedAt: new Date(1), endedAt: new Date(2), clean: true };
    for (const name of ['app', 'kept']) history.record('Sandboxfile', name, run);
  }
  await write('project/Sandboxfile', defined);
  await fails(engine.clean({ root, name: 'app' }), 'CLEAN_DEFINED');
  await fails(engine.clean({ root, name: 'nope' }), 'SANDBOX_UNKNOWN');
  for (const name of ['..', '../../..', 'kept/../app', '']) {
    await fails(engine.clean({ root, name, force: true }), 'SANDBOX_UNKNOWN');
  }
  await engine.clean({ root, name: 'app', force: true });
  assert.deepEqual(await readdir(join(root, 'menv/rw/Sandboxfile')), ['kept']);
  assert.deepEqual(await readdir(join(root, 'menv/log/Sandboxfile')), ['kept.log', 'kept.old']);
  {
    using history = await History.open(join(root, 'menv', 'state.db'));
    assert.deepEqual([...history.lastRuns('Sandboxfile').keys()], ['kept']);
  }
  await engine.clean({ root, name: 'kept' });
  assert.ok(!(await has('project/menv/rw/Sandboxfile/kept')));
});

test('links of a cloned project lead nowhere', async (t) => {
  const { engine, root, write, has } = await place(t);
  await write('precious/Sandboxfile/app/disk.img');
  await mkdir(join(root, 'menv'));
  await symlink('../../precious', join(root, 'menv', 'rw'));
  await assert.rejects(engine.clean({ root, name: 'app' }));
  await engine.clean({ root });
  assert.ok(!(await has('project/menv')));
  assert.ok(await has('precious/Sandboxfile/app/disk.img'));
});

test('the home goes as far as it is ours; installed sandboxes and launchers by force', async (t) => {
  const { engine, home, write, has } = await place(t);
  await write('home/images/refs/lock');
  await write('home/auth.json');
  await write('home/diary.txt');
  await mkdir(join(home, 'run', '0'.repeat(16)), { recursive: true, mode: 0o700 });
  await write('home/installs/Sandboxfile', defined);
  await write('user/.local/bin/app', '#!/bin/sh\n# MSB-ALIAS: app\nexec msb run app\n');
  await write('user/.local/bin/msx', '#!/bin/sh\n# MSB-ALIAS: msx\n');
  await write('user/.local/bin/own', '#!/bin/sh\necho own\n');
  await fails(engine.cleanHome(), 'CLEAN_INSTALLED');
  await engine.cleanHome({ force: true, dryRun: true });
  assert.ok(await has('home/auth.json'));
  await engine.cleanHome({ force: true });
  assert.deepEqual(await readdir(home), ['diary.txt']);
  assert.deepEqual(await readdir(join(dirname(home), 'user/.local/bin')), ['msx', 'own']);
  await rm(join(home, 'diary.txt'));
  await engine.cleanHome();
  assert.ok(!(await has('home')));
  await engine.cleanHome();
});
