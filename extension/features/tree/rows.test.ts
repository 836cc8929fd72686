import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PublishedPort } from '../../../server/engine/api.ts';
import { SAVED, STOPPED } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Node } from './nodes.ts';
import { Rows } from './rows.ts';

const NONE: readonly PublishedPort[] = [];

/** A file's names with their states. */
function fileOf(
  states: Map<string, LiveState>,
  published = new Map<string, readonly PublishedPort[]>(),
): ProjectFile {
  const file: Partial<ProjectFile> = {
    project: undefined,
    failure: undefined,
    state: (name) => states.get(name) ?? STOPPED,
    ports: (name) => published.get(name) ?? NONE,
  };
  return Object.defineProperties(file, {
    uri: { value: 'file:///p/Sandboxfile' },
    names: { get: () => [...states.keys()] },
    left: { value: [] },
  }) as ProjectFile;
}

function nodesOf(file: ProjectFile): readonly Node[] {
  return [
    ...file.names.map((sandbox): Node => ({ kind: 'sandbox', file, sandbox })),
    { kind: 'group', file, group: 'backend' },
  ];
}

test('only the rows whose states have changed are read anew, and they stay the same', () => {
  const states = new Map<string, LiveState>([
    ['app', STOPPED],
    ['db', STOPPED],
  ]);
  const file = fileOf(states);
  const rows = new Rows();
  assert.equal(rows.changed([file]), undefined);
  const [app, db, group] = rows.keep(nodesOf(file));
  assert.equal(group?.kind, 'group');
  assert.deepEqual(rows.changed([file]), []);
  states.set('db', SAVED);
  assert.deepEqual(rows.changed([file]), [db]);
  assert.deepEqual(rows.changed([file]), []);
  const again = rows.keep(nodesOf(file));
  assert.equal(again[0], app);
  assert.equal(again[1], db);
});

test('a row whose ports have changed is read anew', () => {
  const published = new Map<string, readonly PublishedPort[]>();
  const file = fileOf(new Map([['app', STOPPED]]), published);
  const rows = new Rows();
  assert.equal(rows.changed([file]), undefined);
  const [app] = rows.keep(nodesOf(file));
  published.set('app', [{ host: 8080, guest: 80, protocol: 'tcp' }]);
  assert.deepEqual(rows.changed([file]), [app]);
  assert.deepEqual(rows.changed([file]), []);
});

test('another name or file is more than a changed row', () => {
  const states = new Map<string, LiveState>([['app', STOPPED]]);
  const file = fileOf(states);
  const rows = new Rows();
  assert.equal(rows.changed([file]), undefined);
  rows.keep(nodesOf(file));
  states.set('app-1', SAVED);
  assert.equal(rows.changed([file]), undefined);
  assert.equal(rows.changed([file, fileOf(new Map())]), undefined);
  assert.deepEqual(rows.changed([]), undefined);
});

test('a copy that was made again is another row', () => {
  const file = fileOf(new Map([['app', STOPPED]]));
  const rows = new Rows();
  const parent = { kind: 'sandbox', file, sandbox: 'app' } as const;
  const fork = (at: number): Node => ({ kind: 'fork', file, sandbox: 'app-1', parent, at: new Date(at) });
  const [first] = rows.keep([fork(1)]);
  const [same] = rows.keep([fork(1)]);
  const [next] = rows.keep([fork(2)]);
  assert.equal(same, first);
  assert.notEqual(next, first);
});
