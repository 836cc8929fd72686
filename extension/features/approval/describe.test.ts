import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StartReview } from '../../../server/engine/api.ts';
import { ENGLISH } from '../../host/localizer.ts';
import { describeReview } from './describe.ts';

const review: StartReview = {
  sandbox: 'app',
  image: 'alpine',
  scope: 'any',
  allow: ['api.example.com'],
  secrets: [{ name: 'TOKEN', hosts: ['api.example.com'] }],
  deny: [],
  vmm: 'qemu',
  ports: ['8080:80'],
  mounts: [
    { host: '/work/project/src', guest: '/src', readOnly: false },
    { host: '/work/project-other', guest: '/other', readOnly: true },
  ],
  envFile: undefined,
  commands: [{ name: 'start', text: `echo one\n${'x'.repeat(200)}\n` }],
  identity: '',
};

test('a mount outside the workspace is told apart, also one with a similar name', () => {
  const lines = describeReview(review, ['/work/project'], ENGLISH);
  assert.ok(lines.includes('Mounted: /work/project/src at /src'));
  assert.ok(lines.includes('Mounted from OUTSIDE the workspace: /work/project-other at /other (read-only)'));
});

test('a back end that the file asks for is named', () => {
  const lines = describeReview(review, [], ENGLISH);
  assert.ok(lines.some((line) => line.startsWith('Run by: QEMU, also where the hardware could')));
  const without = describeReview({ ...review, vmm: undefined }, [], ENGLISH);
  assert.ok(!without.some((line) => line.startsWith('Run by')));
});

test('network and ports are named, commands are on one line and bounded', () => {
  const lines = describeReview(review, ['/work/project'], ENGLISH);
  assert.ok(lines.includes('Network: everything this machine can reach'));
  assert.ok(lines.includes('Published ports: 8080:80'));
  const start = lines.find((line) => line.startsWith('  start:')) ?? '';
  assert.ok(start.startsWith('  start: echo one ⏎ xxx') && start.length < 110, start);
});

test('of many commands the first are shown and the rest counted', () => {
  const commands = Array.from({ length: 9 }, (_, i) => ({ name: `s${i}`, text: 'true' }));
  const lines = describeReview({ ...review, commands }, [], ENGLISH);
  assert.equal(lines.at(-1), '  and 3 more');
});
