// Published ports, end to end: the Sandboxfile's and those of `msb port`, in a sandbox without a network.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, EngineEvent, Project, Sandbox } from '../../server/engine/index.ts';
import { startEchoServer } from '../support/echo-server.ts';
import { freePort } from '../support/free-port.ts';
import { msb } from '../support/msb.ts';
import type { MsbOptions } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { Reader, sh } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const deadline = { timeout: 300_000 };

const servers = `nc -ll -p 80 -e sh -c 'read line; echo "heard $line"' &
exec sleep 100000`;

/** Answers over HTTP on port 8000 with the name of the machine that it runs on then. */
const webServer = String.raw`mkdir -p /www/cgi-bin
cat > /www/cgi-bin/who <<'END'
#!/bin/sh
printf "Content-Type: text/plain\r\n\r\n"
hostname
END
chmod +x /www/cgi-bin/who
httpd -p 8000 -h /www`;

suite('published ports', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let sandbox: Sandbox;
  let taken: Server;
  const events: EngineEvent[] = [];
  const numbers = { web: 0, dns: 0, http: 0, taken: 0 };

  const here = (): MsbOptions => ({ cwd: place.project, env: place.environment });

  before(async () => {
    taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    numbers.taken = portOf(taken);
    [numbers.web, numbers.dns, numbers.http] = [await freePort(), await freePort(), await freePort()];
    place = await Place.create(`sandboxes:
  web:
    image: builtin:busybox
    memory: 256
    scope: none
    ports: ["${numbers.web}:80", "${numbers.dns}:53/udp", "${numbers.http}:8000", "${numbers.taken}:80"]
    scripts:
      start: |
        ${servers.replaceAll('\n', '\n        ')}
`);
    await makeTemplate(place.home, 256);
    engine = createEngine({ home: place.home, templates: true });
    engine.onEvent((event) => events.push(event));
    project = await engine.openProject({ root: place.project });
    sandbox = await project.start('web');
  }, deadline);

  after(async () => {
    taken.close();
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  test('a server is reached at both loopback addresses', deadline, async () => {
    await untilListening(sandbox, (ports) => ports.includes(80));
    for (const host of ['127.0.0.1', '::1']) {
      assert.equal(await ask(numbers.web, host, 'it\n'), 'heard it\n', host);
    }
  });

  test('datagrams are answered', deadline, async () => {
    const server = await startEchoServer(sandbox, place.root, 53);
    await new Reader(server).until(/up/);
    for (const [family, host] of [
      ['udp4', '127.0.0.1'],
      ['udp6', '::1'],
    ] as const) {
      const socket = createSocket(family);
      socket.send('query', numbers.dns, host);
      const [answer] = (await once(socket, 'message')) as [Buffer];
      assert.equal(answer.toString(), 'query');
      socket.close();
    }
    await server.kill(9);
  });

  test('a taken port is published elsewhere, and that is said', deadline, async () => {
    const moved = (await sandbox.ports.list()).find(({ wished }) => wished === numbers.taken);
    assert.ok(moved !== undefined && moved.host !== numbers.taken);
    assert.equal(await ask(moved.host, '127.0.0.1', 'it\n'), 'heard it\n');
    const warnings = events.flatMap((event) => (event.kind === 'warning' ? [event] : []));
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['PORT_TAKEN'],
    );
    assert.match(warnings[0]?.message ?? '', new RegExp(`${numbers.taken} is taken.*is at ${moved.host}`));
  });

  test('msb port adds, lists and removes; status shows what there is', deadline, async () => {
    const port = await freePort();
    const added = await msb(['port', 'add', 'web', `${port}:80`], here());
    assert.deepEqual([added.code, added.stdout], [0, `localhost:${port} -> 80/tcp\n`]);
    assert.equal(await ask(port, '127.0.0.1', 'you\n'), 'heard you\n');
    const listed = await msb(['port', 'ls'], here());
    assert.match(listed.stdout, new RegExp(`web +localhost:${port} +80/tcp +listens`));
    assert.match((await msb(['status'], here())).stdout, new RegExp(`PORTS[^]*${port}->80`));
    const ended = await openUntilEnded(port);
    assert.equal((await msb(['port', 'rm', 'web', String(port)], here())).code, 0);
    await ended.promise;
    await assert.rejects(ask(port, '127.0.0.1', 'nobody\n'), /ECONNREFUSED/);
    const unknown = await msb(['port', 'rm', 'web', String(port)], here());
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /nothing is published on host port/);
    const told = events.flatMap((event) => (event.kind === 'ports' ? [event.ports.length] : []));
    assert.deepEqual(told, [4, 5, 4]);
  });

  test('msb port takes a protocol and an address', deadline, async () => {
    const server = await startEchoServer(sandbox, place.root, 5353);
    await new Reader(server).until(/up/);
    const [streams, datagrams] = [await freePort(), await freePort()];
    for (const port of [`${streams}:5353`, `${datagrams}:5353/udp`]) {
      const { code, stderr } = await msb(['port', 'add', 'web', port, '--address', '::1'], here());
      assert.deepEqual([code, stderr], [0, '']);
    }
    const listed = await msb(['port', 'ls'], here());
    assert.match(listed.stdout, new RegExp(`\\[::1\\]:${streams} +5353/tcp +listens`));
    assert.match(listed.stdout, new RegExp(`\\[::1\\]:${datagrams} +5353/udp`));
    assert.equal(await echoed(streams, '::1'), 'echo');
    await assert.rejects(ask(streams, '127.0.0.1', 'nobody'), /ECONNREFUSED/);
    const socket = createSocket('udp6');
    const query = async (): Promise<string> => {
      socket.send('query', datagrams, '::1');
      const [answer] = (await once(socket, 'message')) as [Buffer];
      return answer.toString();
    };
    assert.equal(await query(), 'query');
    for (const port of [String(streams), `${datagrams}/udp`])
      assert.equal((await msb(['port', 'rm', 'web', port], here())).code, 0);
    await assert.rejects(ask(streams, '::1', 'nobody'), /ECONNREFUSED/);
    // Free again: somebody else listens there now.
    const next = createSocket('udp6').bind(datagrams, '::1');
    await once(next, 'listening');
    next.close();
    socket.close();
    await server.kill(9);
    await untilListening(sandbox, (ports) => !ports.includes(5353));
  });

  test('what begins and ceases to listen is told, with where it could be published', deadline, async () => {
    const watch = new AbortController();
    const seen = sandbox.ports.watchListening(watch.signal)[Symbol.asyncIterator]();
    assert.deepEqual((await seen.next()).value, [80]);
    const server = await sandbox.exec('nc', { args: ['-ll', '-p', '3000', '-e', 'cat'] });
    assert.deepEqual((await seen.next()).value, [80, 3000]);
    const listed = await msb(['port', 'ls'], here());
    assert.match(listed.stdout, /web +- +3000\/tcp +listens, not published/);
    await server.kill(9);
    assert.deepEqual((await seen.next()).value, [80]);
    watch.abort();
  });

  test('ports lead to the guest that a snapshot brings back; open connections end', deadline, async () => {
    const ended = await openUntilEnded(numbers.web);
    await project.createSnapshot('web', 'one');
    sandbox = await project.restoreSnapshot('web', 'one');
    await ended.promise;
    assert.equal(await ask(numbers.web, '127.0.0.1', 'again\n'), 'heard again\n');
  });

  test('a web server answers after a restore, and in each fork at a port of its own', deadline, async () => {
    const who = async (port: number): Promise<string> =>
      (await fetch(`http://localhost:${port}/cgi-bin/who`, { headers: { connection: 'close' } })).text();
    assert.equal((await sh(sandbox, webServer)).stderr, '');
    assert.equal(await who(numbers.http), 'web\n');
    await project.createSnapshot('web', 'two');
    sandbox = await project.restoreSnapshot('web', 'two');
    assert.equal(await who(numbers.http), 'web\n');
    events.length = 0;
    const forks = await project.fork('web', { count: 2 });
    const told = events.flatMap((event) => (event.kind === 'warning' ? [event] : []));
    const hosts = new Set([numbers.http]);
    for (const fork of forks) {
      const { host } = (await fork.ports.list()).find(({ guest }) => guest === 8000) ?? assert.fail();
      assert.equal(await who(host), `${fork.name}\n`);
      assert.match(
        told.map(({ message }) => message).join('\n'),
        new RegExp(`^port 8000 of sandbox '${fork.name}' is at port ${host} here: ${host}:8000$`, 'm'),
      );
      hosts.add(host);
    }
    assert.equal(hosts.size, 3);
    assert.equal(await who(numbers.http), 'web\n');
    await project.stop(
      forks.map(({ name }) => name),
      { graceMs: 0 },
    );
  });

  test('with the sandbox all ports end', deadline, async () => {
    await sandbox.stop();
    await assert.rejects(ask(numbers.web, '127.0.0.1', 'x\n'), /ECONNREFUSED/);
    assert.deepEqual(await place.leftovers(), []);
  });
});

async function untilListening(
  sandbox: Sandbox,
  wanted: (ports: readonly number[]) => boolean,
): Promise<void> {
  const watch = new AbortController();
  for await (const ports of sandbox.ports.watchListening(watch.signal)) if (wanted(ports)) break;
  watch.abort();
}

/** Says `words` and is answered to the end. */
async function ask(port: number, host: string, words: string): Promise<string> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(words);
  const answer = await text(socket);
  socket.end();
  return answer;
}

/** What a server that repeats everything has heard. */
async function echoed(port: number, host: string): Promise<string> {
  const socket = connect({ port, host, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.end('echo');
  return text(socket);
}

/** A connection, and a promise of its end, by whichever way. */
async function openUntilEnded(port: number): Promise<{ readonly promise: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const promise = new Promise((resolve) => {
    socket.on('error', () => undefined).on('close', resolve);
  });
  return { promise };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
