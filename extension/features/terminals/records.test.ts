import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { stateFileOf } from '../../../server/cli/editor-terminal/record.ts';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';
import { TerminalRecords } from './records.ts';

const request: TerminalRequest = {
  root: '/p',
  file: 'Sandboxfile',
  sandbox: 'web app 🐳',
  program: { kind: 'main' },
  approved: ['a'],
  hold: 'always',
  reports: '/old',
};

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'records-'));
  t.after(() => rm(made, { recursive: true }));
  return path.join(made, 'not/yet');
}

test('what was written is found, with how far its terminal is', async (t) => {
  const records = new TerminalRecords(await folder(t));
  assert.deepEqual(await records.all(), []);
  const { record = '' } = records.add(request);
  const [begun] = await records.all();
  assert.deepEqual(begun?.request, { ...request, record });
  assert.equal(begun.state, undefined);

  await writeFile(stateFileOf(record), JSON.stringify({ pid: 7, phase: 'running' }));
  const [found, ...others] = await records.all();
  assert.ok(found !== undefined);
  assert.deepEqual(others, []);
  assert.deepEqual(found.state, { pid: 7, phase: 'running' });
  assert.ok(found.ageMs < 60_000);

  records.move(found, '/new');
  const [moved] = await records.all();
  assert.equal(moved?.request.reports, '/new');
  records.remove(record);
  assert.deepEqual(await records.all(), []);
  records.move(found, '/newer');
  assert.deepEqual(await records.all(), []);
});

test('a file that is no record is none; without a folder nothing is kept', async (t) => {
  const where = await folder(t);
  const records = new TerminalRecords(where);
  records.add(request);
  await writeFile(path.join(where, 'half.json'), '{"root"');
  assert.equal((await records.all()).length, 1);
  const none = new TerminalRecords(undefined);
  assert.deepEqual(none.add(request), request);
  assert.deepEqual(await none.all(), []);
});
