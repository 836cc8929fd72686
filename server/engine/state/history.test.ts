import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { hasCode } from '../errors/index.ts';
import { History } from './history.ts';

const first = {
  startedAt: new Date(1000),
  endedAt: new Date(2000),
  clean: true,
  status: { code: 137, signal: 9, outOfMemory: true },
};

test('the last run of each sandbox comes back as it was recorded', async (t) => {
  const path = await databasePath(t);
  {
    using history = await History.open(path);
    history.record('Sandboxfile', 'app', first);
    const second = {
      startedAt: new Date(3000),
      endedAt: new Date(4000),
      clean: false,
      error: { code: 'GUEST_PANIC', message: 'the guest kernel crashed' },
    };
    history.record('Sandboxfile', 'app', second);
    history.record('Sandboxfile', 'other', first);
    history.record('dev.yaml', 'app', first);
    assert.deepEqual(Object.fromEntries(history.lastRuns('Sandboxfile')), { app: second, other: first });
  }
  using again = await History.open(path);
  assert.deepEqual(Object.fromEntries(again.lastRuns('dev.yaml')), { app: first });
});

test('a run is recorded once, whoever sees its end', async (t) => {
  const path = await databasePath(t);
  using one = await History.open(path);
  using two = await History.open(path);
  one.record('Sandboxfile', 'app', first);
  two.record('Sandboxfile', 'app', { ...first, clean: false });
  assert.deepEqual(one.lastRuns('Sandboxfile').get('app'), first);
});

test('a newer schema is refused and left as it is', async (t) => {
  const path = await databasePath(t);
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  await assert.rejects(History.open(path), (error) => hasCode(error, 'STATE_DB_NEWER'));
  using untouched = new DatabaseSync(path);
  assert.equal(untouched.prepare('PRAGMA user_version').get()?.['user_version'], 99);
  assert.equal(untouched.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.['n'], 0);
});

test('a file that is no database is STATE_DB', async (t) => {
  const path = await databasePath(t);
  await writeFile(path, 'not a database, but long enough to be looked at'.repeat(100));
  await assert.rejects(History.open(path), (error) => hasCode(error, 'STATE_DB'));
});

test('a locked database fails within its short wait', async (t) => {
  const path = await databasePath(t);
  using history = await History.open(path);
  using other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  assert.throws(() => {
    history.record('Sandboxfile', 'app', first);
  });
  other.exec('ROLLBACK');
  history.record('Sandboxfile', 'app', first);
  assert.equal(history.lastRuns('Sandboxfile').size, 1);
});

async function databasePath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'state-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'state.db');
}
