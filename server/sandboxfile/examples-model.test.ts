// What the valid worked examples mean.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatPort, parseSandboxfile, startOrder, type Sandbox } from './index.ts';

function project(id: string) {
  return parseSandboxfile(
    readFileSync(new URL(`testing/examples/${id}.sandboxfile`, import.meta.url), 'utf8'),
  ).project;
}

function sandbox(id: string, name: string): Sandbox {
  const found = project(id).sandboxes.get(name);
  assert.ok(found);
  return found;
}

test('V1: the defaults', () => {
  const { memoryMib, cpus, scope, command, shell } = sandbox('V1', 'shell-box');
  assert.deepEqual(
    { memoryMib, cpus, scope, command, shell },
    {
      memoryMib: 1024,
      cpus: 1,
      scope: 'public',
      command: [],
      shell: undefined,
    },
  );
});

test('V2: no sandboxes', () => {
  assert.equal(project('V2').sandboxes.size, 0);
});

test('V3: every field', () => {
  const web = sandbox('V3', 'web');
  assert.deepEqual(web.ports.map(formatPort), ['8080:80', '9000:9000']);
  assert.deepEqual(web.envs[2], { name: 'QUERY', value: 'a=b&c=d' });
  assert.equal(web.scripts.get('test'), './run-tests "$@"');
  assert.equal(web.exports.get('report'), '/srv/app/report.html');
  assert.equal(web.envFile, './web.env');
  assert.equal(web.version, '1.4.0');
  assert.equal(sandbox('V3', 'cache').scope, 'group');
  assert.deepEqual(startOrder(project('V3')), { ok: true, names: ['cache', 'web'] });
});

test('V4, V5: builds and imports of both shapes', () => {
  assert.deepEqual(sandbox('V4', 'api').imports, [
    { kind: 'artifact', build: undefined, name: 'site', guest: '/app/site' },
  ]);
  assert.deepEqual(sandbox('V5', 'api').imports, [
    { kind: 'artifact', build: 'base', name: 'packages', guest: '/app/packages' },
  ]);
  assert.deepEqual(project('V5').builds.get('base')?.steps, [
    { name: 'start', text: 'pip freeze > requirements.lock\nmkdir -p dist/packages\n' },
  ]);
  const order = startOrder(project('V5'), ['api']);
  assert.ok(!order.ok && order.message === "'api' depends on unknown sandbox 'database'");
});

test('V7: a membership', () => {
  const membership = sandbox('V7', 'api').groups.get('backend');
  assert.equal(membership?.ip, '10.10.0.10');
  assert.equal(membership.hostname, 'api.internal');
  assert.equal(membership.volumes.get('logs'), '/logs');
});

test('V8: a local root and its command', () => {
  assert.deepEqual(sandbox('V8', 'rootfs').image, { kind: 'path', text: './fixtures/rootfs' });
  assert.deepEqual(sandbox('V8', 'rootfs').command, ['/bin/echo', 'hello']);
});

test('V9: old spellings', () => {
  const { memoryMib, command, scope } = sandbox('V9', 'legacy');
  assert.deepEqual(
    { memoryMib, command, scope },
    {
      memoryMib: 512,
      command: ['/bin/sh', '-c', 'sleep 60'],
      scope: 'none',
    },
  );
});

test('V10: size with a unit, protocols, a read-only mount', () => {
  const dns = sandbox('V10', 'dns');
  assert.equal(dns.memoryMib, 2048);
  assert.deepEqual(dns.ports.map(formatPort), ['5353:53/udp', '8053:8053']);
  assert.deepEqual(dns.volumes, [{ host: './zones', guest: '/zones', readOnly: true }]);
});
