import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestPathOf, hostPathOf } from './mounted-path.ts';

const mounts = [
  { host: '/p', guest: '/app', readOnly: false },
  { host: '/p/data', guest: '/data', readOnly: false },
  { host: '/', guest: '/host', readOnly: true },
];

test('a path of the guest on a mount means one of the host', () => {
  assert.equal(hostPathOf(mounts, '/app'), '/p');
  assert.equal(hostPathOf(mounts, '/app/src/a.c'), '/p/src/a.c');
  assert.equal(hostPathOf(mounts, '/application'), undefined);
  assert.equal(hostPathOf(mounts, '/host/etc'), '/etc');
  assert.equal(hostPathOf(mounts, '/usr'), undefined);
});

test('a path of the host is where the nearest mount has it', () => {
  assert.equal(guestPathOf(mounts, '/p/src'), '/app/src');
  assert.equal(guestPathOf(mounts, '/p/data/x'), '/data/x');
  assert.equal(guestPathOf(mounts, '/etc'), '/host/etc');
});
