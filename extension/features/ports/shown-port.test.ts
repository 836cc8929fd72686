import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portText, shownPorts, urlOf } from './shown-port.ts';

const wanted = [
  { host: 8080, guest: 80, protocol: 'tcp' },
  { host: 8081, guest: 80, protocol: 'tcp' },
  { host: 53, guest: 53, protocol: 'udp' },
] as const;

test('what does not run has the ports of the file, and none to open', () => {
  const ports = shownPorts(wanted, []);
  assert.deepEqual(ports.map(portText), ['8080 → 80', '8081 → 80', '53 → 53/udp']);
  assert.ok(ports.every(({ published }) => published === undefined));
});

test('what runs has its ports where they came out, and those published since', () => {
  const moved = { host: 49152, guest: 80, protocol: 'tcp', wished: 8080 } as const;
  const kept = { host: 8081, guest: 80, protocol: 'tcp' } as const;
  const later = { host: 9000, guest: 9000, protocol: 'tcp', address: '::1' } as const;
  const ports = shownPorts(wanted, [kept, moved, later]);
  assert.deepEqual(ports.map(portText), ['49152 → 80', '8081 → 80', '53 → 53/udp', '[::1]:9000 → 9000']);
  assert.deepEqual(
    ports.map(({ published }) => published),
    [moved, kept, undefined, later],
  );
});

test('a browser is led to where the port is', () => {
  assert.equal(urlOf({ host: 80 }), 'http://127.0.0.1:80');
  assert.equal(urlOf({ host: 80, address: '0.0.0.0' }), 'http://127.0.0.1:80');
  assert.equal(urlOf({ host: 80, address: '::' }), 'http://127.0.0.1:80');
  assert.equal(urlOf({ host: 80, address: '::1' }), 'http://[::1]:80');
  assert.equal(urlOf({ host: 80, address: '10.0.0.7' }), 'http://10.0.0.7:80');
});
