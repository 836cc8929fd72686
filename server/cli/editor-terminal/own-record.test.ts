import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { OwnRecord } from './own-record.ts';
import { stateFileOf } from './record.ts';
import type { RequestedProgram, TerminalRequest } from './request.ts';

const deadline = { timeout: 120_000 };

interface Opened {
  readonly record: OwnRecord;
  readonly file: string;
  readonly request: TerminalRequest;
  readonly heard: string[];
  readonly next: () => Promise<unknown>;
}

async function opened(t: TestContext, program: RequestedProgram): Promise<Opened> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'records-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'one.json');
  const request = {
    root: '/p',
    file: 'Sandboxfile',
    sandbox: 'web',
    program,
    approved: [],
    hold: 'always',
    reports: '/old',
    record: file,
  } as const;
  await writeFile(file, JSON.stringify(request));
  const heard: string[] = [];
  let wake = Promise.withResolvers<undefined>();
  const hear = (text: string): void => {
    heard.push(text);
    wake.resolve(undefined);
    wake = Promise.withResolvers();
  };
  const record = OwnRecord.open(request, {
    onMoved: (reports) => hear(`moved to ${reports}`),
    onReplaced: () => hear('replaced'),
  });
  assert.ok(record !== undefined);
  // Keeps the test alive: a watch does not.
  const timer = setInterval(() => undefined, 1000);
  t.after(() => clearInterval(timer));
  return { record, file, request, heard, next: () => wake.promise };
}

async function stateOf(file: string): Promise<unknown> {
  return JSON.parse(await readFile(stateFileOf(file), 'utf8'));
}

const main = { kind: 'main' } as const;
const script = { kind: 'script', script: 'build', args: [] } as const;

test('how far it is stands beside the record; both go with a usual end', deadline, async (t) => {
  const { record, file } = await opened(t, main);
  assert.deepEqual(await stateOf(file), { pid: process.pid, phase: 'starting' });
  record.enter('running');
  assert.deepEqual(await stateOf(file), { pid: process.pid, phase: 'running' });
  record.end({ hungUp: false });
  assert.equal(existsSync(file), false);
  assert.equal(existsSync(stateFileOf(file)), false);
});

test('a terminal that was hung up leaves what is to be taken up', deadline, async (t) => {
  const { record, file } = await opened(t, script);
  record.end({ hungUp: true });
  assert.equal(existsSync(file), true);
  assert.equal(existsSync(stateFileOf(file)), false);
});

test('but not a script that has begun', deadline, async (t) => {
  const { record, file } = await opened(t, script);
  record.enter('running');
  record.end({ hungUp: true });
  assert.equal(existsSync(file), false);
});

test('nor one whose program has ended', deadline, async (t) => {
  const { record, file } = await opened(t, main);
  record.enter('running');
  record.enter('held');
  assert.deepEqual(await stateOf(file), { pid: process.pid, phase: 'held' });
  record.end({ hungUp: true });
  assert.equal(existsSync(file), false);
  assert.equal(existsSync(stateFileOf(file)), false);
});

test('another window takes it over, or replaces it', deadline, async (t) => {
  const { record, file, request, heard, next } = await opened(t, main);
  const moved = next();
  await writeFile(`${file}.new`, JSON.stringify({ ...request, reports: '/new' }));
  await rename(`${file}.new`, file);
  await moved;
  assert.deepEqual(heard, ['moved to /new']);
  assert.equal(record.isReplaced, false);
  const replaced = next();
  await rm(file);
  await replaced;
  assert.equal(heard.at(-1), 'replaced');
  assert.equal(record.isReplaced, true);
  record.end({ hungUp: true });
  assert.equal(existsSync(file), false);
});

test('a terminal without a record has none', () => {
  const listener = { onMoved: () => undefined, onReplaced: () => undefined };
  const request = {
    root: '/p',
    file: 'S',
    sandbox: 'web',
    program: main,
    approved: [],
    hold: 'always',
  } as const;
  assert.equal(OwnRecord.open(request, listener), undefined);
  assert.equal(OwnRecord.open({ ...request, record: '/no/such/record.json' }, listener), undefined);
});
