import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSandboxfile, restateSandbox } from '../index.ts';
import type { Sandbox } from '../index.ts';

const text = `
groups:
  team: {volumes: {data: ./data}}
builds:
  tools: {image: x, exports: {out: /o}}
sandboxes:
  db: {image: x}
  api:
    image: python:3.12
    memory: 512
    cpus: 2
    volumes: ["./a b:/b:ro"]
    ports: ["8080:80", "53:53/udp"]
    envs: ["A=b: c #x", "EMPTY="]
    env_file: ./x.env
    depends_on: [db]
    workdir: /w
    shell: /bin/ash
    scripts: {start: "echo 'hi'\\n", "two words": "a\\nb"}
    command: [sh, -c, "echo $A"]
    imports: {file: ./f, tools: {out: /opt/out}}
    exports: {log: /var/log}
    groups: {team: {network: {ip: 10.0.0.2, hostname: h}, volumes: {data: /data}}}
    scope: public
    allow: ["*.Example.org:443", 203.0.113.0/24/udp]
    deny: [bad.example.org]
    secrets: {TOKEN: [api.example.org, '*.example.org:8443'], KEY: API.example.com}
    vmm: libkrun
`;

test('a sandbox by another name means the same', () => {
  const folder = '/project';
  const before = named(text, 'api', folder);
  const stated = restateSandbox(before, { name: 'api-1', ports: before.ports });
  const after = named(stated, 'api-1', folder);
  const membership = before.groups.get('team');
  assert.ok(membership);
  assert.deepEqual(comparable(after), {
    ...comparable(before),
    name: 'api-1',
    dependsOn: [],
    groups: new Map([['team', { ip: undefined, hostname: undefined, volumes: membership.volumes }]]),
  });
});

test('its ports are those that were chosen', () => {
  const stated = restateSandbox(named(text, 'api', '/'), {
    name: 'b',
    ports: [{ host: 40_000, guest: 80, protocol: 'tcp' }],
  });
  assert.deepEqual(named(stated, 'b', '/').ports, [{ host: 40_000, guest: 80, protocol: 'tcp' }]);
});

function named(source: string, name: string, folder: string): Sandbox {
  const sandbox = parseSandboxfile(source, { folder }).project.sandboxes.get(name);
  assert.ok(sandbox);
  return sandbox;
}

/** Without where it is written. */
function comparable(sandbox: Sandbox): Readonly<Record<string, unknown>> {
  const { fields: _fields, place: _place, groups, ...rest } = sandbox;
  const memberships = [...groups].map(([name, { ip, hostname, volumes }]) => [
    name,
    { ip, hostname, volumes },
  ]);
  return { ...rest, groups: new Map(memberships as [string, unknown][]) };
}
