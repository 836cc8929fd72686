import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPorts } from './ports.ts';

const published = [
  { guest: 80, host: 8080, address: '127.0.0.1', protocol: 'tcp' },
  { guest: 90, host: 9090, address: '127.0.0.1', protocol: 'tcp' },
  { guest: 53, host: 5353, address: '127.0.0.1', protocol: 'udp' },
] as const;

function lines(listening: readonly number[], paused: boolean): readonly string[] {
  return renderPorts([{ name: 'web', published, listening, paused }])
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.replaceAll(/ {2,}/g, ' | '));
}

test('which published ports have a server, and which servers have no port', () => {
  assert.deepEqual(lines([80, 3000], false), [
    'web | 127.0.0.1:8080 | 80/tcp | listens',
    'web | 127.0.0.1:9090 | 90/tcp | none yet',
    'web | 127.0.0.1:5353 | 53/udp | -',
    'web | - | 3000/tcp | listens, not published',
  ]);
});

test('a paused sandbox is not said to have no servers', () => {
  assert.deepEqual(
    lines([], true).map((line) => line.split(' | ').at(-1)),
    ['paused', 'paused', '-'],
  );
});
