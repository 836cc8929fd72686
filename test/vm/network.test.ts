// The network of a project, in real microVMs: who reaches whom, by name, and what a killed gateway costs. The table of
// scopes and destinations is tested packet by packet in native/internal/network/gateway.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { freePort } from '../support/free-port.ts';
import { Place } from '../support/place.ts';
import { processesOf } from '../support/processes.ts';
import { KeptPool } from '../support/pool.ts';
import { sh } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const box = (name: string, more: string): string =>
  `  ${name}: {image: 'builtin:busybox', memory: 128, ${more}}\n`;
const sandboxfile = (port: number): string => `groups:
  backend: {network: {subnet: 10.10.0.0/24}, volumes: {shared: /shared}}
  elsewhere:
sandboxes:
${box('db', `scope: local, groups: {backend: {network: {ip: 10.10.0.10, hostname: database.internal}}}, ports: ["${port}:80"]`)}${box('web', 'groups: {backend: {volumes: {shared: /mnt/of-all}}}')}${box('open', 'scope: any, groups: {elsewhere: }')}`;

const deadline = { timeout: 300_000 };
const greeting = 'hello from the host';
/** busybox's httpd, in the foreground: killed with the sandbox. */
const serve = 'mkdir -p /www && echo "hello from $(hostname)" > /www/index.html && httpd -p 80 -h /www';

suite('network', () => {
  let place: Place;
  let engine: Engine;
  let project: Project;
  let host: Server;
  let port = 0;
  let published = 0;
  let db: Sandbox;
  let web: Sandbox;
  let open: Sandbox;
  const get = async (from: Sandbox, url: string): Promise<string> => {
    const { status, stdout, stderr } = await sh(from, `wget -q -O - "$1"`, { args: [url] });
    return status.code === 0 ? stdout.trim() : `failed: ${stderr.trim()}`;
  };
  /** Of MAC and addresses. */
  const identity = async (of: Sandbox): Promise<readonly string[]> => {
    const { stdout } = await sh(of, 'cat /sys/class/net/eth0/address; ip -o addr show eth0');
    return stdout
      .split(/\s+/)
      .filter((word) => /^(?:\w\w:){5}\w\w$|^(?:198\.|10\.|f)[0-9a-f.:]+\/\d+$/.test(word));
  };
  /** No VMM and no guest says anything that it was not asked for. */
  const nothingDropped = async (...names: readonly string[]): Promise<void> => {
    for (const { name, network } of await project.status(names)) {
      assert.ok(network !== undefined, `${name}: nobody counts`);
      assert.deepEqual(network.droppedFrames, {}, name);
    }
  };
  /** Lines of the log about a metadata service. */
  const denials = async (of: string): Promise<number> => {
    const log = path.join(place.project, `menv/denials/Sandboxfile/${of}.log`);
    const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n');
    return lines.filter((line) => line.includes('"address":"169.254.169.254"')).length;
  };
  const fetchPublished = async (): Promise<string> =>
    (
      await (await fetch(`http://127.0.0.1:${published}/`, { headers: { connection: 'close' } })).text()
    ).trim();
  const gateways = async (): Promise<readonly number[]> =>
    (await processesOf(place.home)).filter(({ command }) => / net \S+$/.test(command)).map(({ pid }) => pid);

  before(async () => {
    host = createServer((_, response) => response.end(greeting)).listen(0);
    await once(host, 'listening');
    ({ port } = host.address() as AddressInfo);
    published = await freePort();
    place = await Place.create(sandboxfile(published));
    await makeTemplate(place.home, 128, { network: true });
    engine = createEngine({ home: place.home, templates: true });
    project = await engine.openProject({ root: place.project });
    db = await project.start('db', { idle: true });
    web = await project.start('web', { idle: true });
    open = await project.start('open', { idle: true });
    await sh(db, serve);
  }, deadline);

  after(async () => {
    host.close();
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  test('members of a group talk by name', deadline, async () => {
    for (const name of ['db', 'database.internal', 'backend', '10.10.0.10'])
      assert.equal(await get(web, `http://${name}/`), 'hello from db');
    const { status, stdout } = await sh(web, 'ping -c 1 -w 20 db');
    assert.equal(status.code, 0, stdout);
  });

  test('members of a group share its folders, each where it wants them', deadline, async () => {
    await sh(db, 'echo "of db" > /shared/word');
    assert.equal((await sh(web, 'cat /mnt/of-all/word')).stdout, 'of db\n');
    await sh(web, 'echo "of web" >> /mnt/of-all/word');
    const kept = path.join(place.project, 'menv/volumes/Sandboxfile/backend/shared/word');
    assert.equal(await readFile(kept, 'utf8'), 'of db\nof web\n');
    assert.notEqual((await sh(open, 'ls /shared')).status.code, 0);
  });

  test('one of another group finds them neither by name nor by address', deadline, async () => {
    assert.match(await get(open, 'http://db/'), /^failed: .*bad address/);
    const { stdout } = await sh(db, 'ip -o -4 addr show eth0');
    const addresses = [...stdout.matchAll(/inet ([0-9.]+)/g)].map(([, address = '']) => address);
    assert.equal(addresses.length, 2);
    for (const address of addresses)
      assert.match(await get(open, `http://${address}/`), /^failed: .*refused/);
  });

  test('the host is there for the scope any only', deadline, async () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const outer = own
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => address);
    assert.equal(await get(open, `http://host.sandbox.internal:${port}/`), greeting);
    for (const address of outer) assert.equal(await get(open, `http://${address}:${port}/`), greeting);
    for (const guest of [web, db])
      for (const address of ['198.19.0.2', ...outer])
        assert.match(await get(guest, `http://${address}:${port}/`), /^failed: .*refused/);
  });

  test('addresses in every spelling that programs know are the same addresses', deadline, async () => {
    // The metadata of a cloud, in decimal, octal, hexadecimal, short and mapped into IPv6.
    for (const address of [
      '2852039166',
      '0251.0376.0251.0376',
      '0xa9fea9fe',
      '169.254.43518',
      '[::ffff:a9fe:a9fe]',
    ])
      assert.match(await get(web, `http://${address}/`), /^failed: .*(?:refused|bad address)/, address);
    const [{ network } = {}] = await project.status(['web']);
    assert.ok((network?.denied ?? 0) >= 4, JSON.stringify(network));
  });

  test('the gateway is in a jail, which the status of each member shows', deadline, async () => {
    const [pid] = await gateways();
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    for (const line of [
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
      'CapPrm:\t0000000000000000',
      'CapEff:\t0000000000000000',
    ])
      assert.ok(status.includes(line), status);
    const opened = await Promise.all(
      (await readdir(`/proc/${String(pid)}/fd`)).map((fd) =>
        readlink(`/proc/${String(pid)}/fd/${fd}`).catch(() => 'socket: closed meanwhile'),
      ),
    );
    const others = opened.filter(
      (file) =>
        !/^(?:socket|pipe|anon_inode):|^\/dev\/null$/.test(file) &&
        !file.startsWith(`${path.join(place.home, 'net')}/`),
    );
    assert.deepEqual(others, []);
    // Root's gateway is another user, and what that was denied is in root's files all the same.
    assert.notEqual(/^Uid:\t(\d+)\t/m.exec(status)?.[1], '0');
    assert.match(
      await readFile(path.join(place.project, 'menv/denials/Sandboxfile/db.log'), 'utf8'),
      /^\{.+\}\n/,
    );
    for (const { name, networkJail = [] } of await project.status()) {
      const on = networkJail.flatMap(({ part, off }) => (off === undefined ? [part] : []));
      for (const part of ['user', 'rights', 'syscalls', 'files', 'network', 'limits', 'inherited'])
        assert.ok(on.includes(part), `${name}: ${JSON.stringify(networkJail)}`);
    }
  });

  test('a fork is another machine on the network', deadline, async () => {
    const [fork] = await project.fork('db', { count: 1 });
    assert.ok(fork !== undefined);
    const [mine, its] = [await identity(db), await identity(fork)];
    assert.deepEqual([mine.length, its.length], [4, 3]);
    assert.deepEqual(
      mine.filter((word) => its.includes(word)),
      [],
    );
    assert.equal((await sh(fork, 'head -n 1 /shared/word')).stdout, 'of db\n');
    assert.equal(await get(web, `http://${fork.name}/`), 'hello from db');
    assert.equal(await get(web, 'http://db/'), 'hello from db');
    await nothingDropped('db', 'web', 'open', fork.name);
  });

  test('after a restore names, groups and the host are there as before', deadline, async () => {
    const before = await identity(open);
    await project.createSnapshot('open', 'one');
    open = await project.restoreSnapshot('open', 'one');
    assert.deepEqual(await identity(open), before);
    assert.equal(await get(open, `http://host.sandbox.internal:${port}/`), greeting);
    assert.match(await get(open, 'http://db/'), /^failed: .*bad address/);
    await nothingDropped('open');
  });

  test('a guest that takes another address or MAC is heard by nobody', deadline, async () => {
    const [mac = ''] = await identity(open);
    const spoof = `ip addr add 10.10.0.10/32 dev eth0; ping -c 1 -W 1 -I 10.10.0.10 198.19.0.1; ip addr del 10.10.0.10/32 dev eth0
      ip link set eth0 address 02:00:00:00:00:99; ping -c 1 -W 1 -I eth0 198.19.0.1; ip link set eth0 address ${mac}`;
    const { status, stderr } = await sh(open, spoof);
    assert.equal(status.code, 0, stderr);
    const [{ network } = {}] = await project.status(['open']);
    const { droppedFrames = {} } = network ?? {};
    assert.ok((droppedFrames['foreign address'] ?? 0) > 0, JSON.stringify(droppedFrames));
    assert.ok((droppedFrames['foreign MAC'] ?? 0) > 0, JSON.stringify(droppedFrames));
    assert.equal(await get(web, 'http://db/'), 'hello from db');
  });

  test('a guest of the pool keeps nothing of the network that it has rehearsed with', deadline, async () => {
    const before = await identity(open);
    await open.stop({ graceMs: 0 });
    using pool = new KeptPool(place.home, 1, 128, { network: true });
    await pool.ready(1);
    open = await project.start('open', { idle: true });
    assert.equal((await project.status(['open']))[0]?.origin, 'pool');
    assert.deepEqual(await identity(open), before);
    assert.equal(await get(open, `http://host.sandbox.internal:${port}/`), greeting);
    await nothingDropped('open');
    pool[Symbol.dispose]();
    // The one that is a sandbox's supervisor now goes on.
    const spares = async (): Promise<number> =>
      (await processesOf(place.home)).filter(({ command }) => / (?:pool|spare)$/.test(command)).length;
    while ((await spares()) > 1) await delay(50);
  });

  test(
    'a killed gateway is replaced, and everybody is connected again, with ports and log',
    deadline,
    async () => {
      const [first, ...more] = await gateways();
      assert.ok(first !== undefined);
      assert.deepEqual(more, []);
      assert.equal(await fetchPublished(), 'hello from db');
      const before = await denials('web');
      process.kill(first, 'SIGKILL');
      assert.equal(await fetchPublished(), 'hello from db');
      // Each comes back by itself: for a moment, who is first does not know the others.
      const again = async (from: Sandbox, url: string): Promise<string> => {
        const end = performance.now() + 60_000;
        let answer = await get(from, url);
        while (answer.startsWith('failed') && performance.now() < end) answer = await get(from, url);
        return answer;
      };
      assert.equal(await again(web, 'http://db/'), 'hello from db');
      assert.equal(await again(open, `http://host.sandbox.internal:${port}/`), greeting);
      assert.notDeepEqual(await gateways(), [first]);
      assert.equal(await fetchPublished(), 'hello from db');
      assert.match(await get(web, 'http://169.254.169.254/'), /^failed: .*refused/);
      const end = performance.now() + 60_000;
      while ((await denials('web')) === before && performance.now() < end) await delay(50);
      assert.notEqual(await denials('web'), before);
    },
  );

  test('nothing is left when the last one has ended', deadline, async () => {
    await project.stop(undefined, { graceMs: 0 });
    assert.deepEqual(await place.leftovers(), []);
  });
});
