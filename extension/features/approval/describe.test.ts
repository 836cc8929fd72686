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
  links: [],
  commands: [{ name: 'start', text: `echo one\n${'x'.repeat(300)}\n` }],
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
  assert.ok(start.startsWith('  start: echo one ⏎ xxx') && start.length < 180, start);
});

test('of many commands the first are shown and the rest counted', () => {
  const commands = Array.from({ length: 11 }, (_, i) => ({ name: `s${i}`, text: 'true' }));
  const lines = describeReview({ ...review, commands }, [], ENGLISH);
  assert.equal(lines.at(-1), '  and 3 more');
});

test('what leads out of the workspace by a link is outside of it, whatever it is called', () => {
  const links = [
    { path: '/work/project/src', target: '/home/me/.ssh' },
    { path: '/work/project/.env', target: '/etc/secret' },
    { path: '/work/project/here', target: '/mnt/project/there' },
  ];
  const mounts = [...review.mounts, { host: '/work/project/here', guest: '/here', readOnly: true }];
  const all = { ...review, image: '/srv/image.tar', envFile: '/work/project/.env', links, mounts };
  const lines = describeReview(all, ['/work/project', '/mnt/project'], ENGLISH);
  for (const line of [
    'Image: /srv/image.tar (OUTSIDE the workspace)',
    'Mounted from OUTSIDE the workspace: /work/project/src (a link to /home/me/.ssh) at /src',
    'Mounted: /work/project/here (a link to /mnt/project/there) at /here (read-only)',
    'Variables from: /work/project/.env (a link to /etc/secret) (OUTSIDE the workspace)',
  ]) {
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  }
});

test('secrets and rules are named, and of many of a kind the first', () => {
  const lines = describeReview(review, ['/work'], ENGLISH);
  assert.ok(lines.includes('Of it only: api.example.com'));
  assert.ok(lines.includes('Secret TOKEN used for: api.example.com'));
  const ports = Array.from({ length: 30 }, (_, i) => `${i}:${i}`);
  const [published = ''] = describeReview({ ...review, ports }, ['/work'], ENGLISH).filter((line) =>
    line.startsWith('Published'),
  );
  assert.match(published, /^Published ports: 0:0, .*11:11, and 18 more$/);
});

test('no name breaks a line or turns the direction of the text', () => {
  const mounts = [{ host: '/work/a\nMounted: /nothing', guest: '/\u202eb', readOnly: false }];
  const lines = describeReview({ ...review, mounts }, ['/work'], ENGLISH);
  assert.ok(
    lines.includes(String.raw`Mounted: /work/a\u000aMounted: /nothing at /\u202eb`),
    lines.join('\n'),
  );
});
