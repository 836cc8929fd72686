// `msb doctor` on this machine, and with each condition that can be brought about really brought about.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Diagnosis, Finding, FindingId } from '../../server/engine/index.ts';
import manifest from '../../package.json' with { type: 'json' };
import { defaultAssetFolder } from '../../server/engine/machine/assets.ts';
import { msb, msbProgram, resultOf } from '../support/msb.ts';
import type { MsbResult } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const deadline = { timeout: 240_000 };

suite('doctor', () => {
  let place: Place;

  before(async () => {
    place = await Place.create();
  });

  after(async () => {
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  });

  /** Runs it after the shell commands, in mount, user and other namespaces of its own. */
  async function provoked(commands: string, env: Readonly<Record<string, string>> = {}): Promise<MsbResult> {
    const script = `set -e; ${commands}\nexec "$0" doctor --json`;
    const child = spawn('unshare', ['--mount', 'sh', '-c', script, msbProgram], {
      cwd: place.project,
      env: { ...process.env, ...place.environment, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end();
    return resultOf(child);
  }

  function finding(result: MsbResult, id: FindingId): Finding {
    assert.notEqual(result.stdout, '', result.stderr);
    const found = (JSON.parse(result.stdout) as Diagnosis).findings.find((each) => each.id === id);
    assert.ok(found, `${id} in ${result.stdout}`);
    return found;
  }

  function assertTold(result: MsbResult, id: FindingId, state: Finding['state'], found: RegExp): void {
    const told = finding(result, id);
    assert.match(told.found, found);
    assert.equal(told.state, state, told.found);
    assert.ok(told.fix !== undefined && told.fix !== '');
    assert.equal(result.code, state === 'bad' ? 1 : 0, result.stdout);
  }

  test('this machine can run sandboxes', deadline, async () => {
    const { code, stdout, stderr } = await msb(['doctor'], { cwd: place.project, env: place.environment });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^ok +Machine: Linux/m);
    assert.match(stdout, /^ok +QEMU: \d/m);
    assert.match(stdout, /\nSandboxes can run here/);
    for (const [, fix] of stdout.matchAll(/^limited .*\n +why .*\n +(fix)? /gm)) assert.equal(fix, 'fix');
  });

  test('libkrun that is missing, damaged, or none', deadline, async () => {
    const damaged = path.join(place.root, 'libkrun.so.1');
    await writeFile(damaged, '\x7fELF');
    for (const file of [path.join(place.root, 'none.so'), damaged, '/bin/true'])
      assertTold(await provoked('true', { MENV_LIBKRUN: file }), 'libkrun', 'limited', /missing|unusable/);
  });

  test('libkrun of another time, and for other processors', deadline, async () => {
    const assets = path.resolve(defaultAssetFolder());
    const name = (await readdir(assets)).find((each) => each.startsWith('libkrun.'));
    assert.ok(name !== undefined);
    const whole = await readFile(path.join(assets, name));
    const call = whole.indexOf('krun_add_disk3\0');
    assert.ok(call > 0);
    const machineOfElf = 18;
    for (const [change, found] of [
      [(file: Buffer) => file.write('X', call), /older|too old|lacks/],
      [(file: Buffer) => file.writeUInt16LE(0xf3, machineOfElf), /processor|architecture/],
      [(file: Buffer) => file.fill(0, file.length / 2), /unusable|damaged|cannot/],
    ] as const) {
      const file = Buffer.from(whole);
      change(file);
      const other = path.join(place.root, 'libkrun.so.1');
      await writeFile(other, file);
      assertTold(await provoked('true', { MENV_LIBKRUN: other }), 'libkrun', 'limited', found);
    }
  });

  test('no device for virtualisation', deadline, async () => {
    const result = await provoked('mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3');
    assertTold(result, 'hypervisor', 'limited', /no \/dev\/kvm/);
  });

  test('a device that is none', deadline, async () => {
    const result = await provoked(`mount -t tmpfs none /dev
      mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/kvm c 1 3`);
    assertTold(result, 'hypervisor', 'limited', /\/dev\/kvm does not work/);
  });

  test('a device that is not for this user', deadline, async () => {
    const result = await provoked(`mount -t tmpfs none /dev
      mknod -m 666 /dev/null c 1 3; mknod -m 600 /dev/kvm c 10 232; chown 1 /dev/kvm
      overrides=-dac_override,-dac_read_search
      exec setpriv --inh-caps=$overrides --bounding-set=$overrides "$0" doctor --json`);
    assertTold(result, 'hypervisor', 'limited', /may not be used/);
  });

  test('no QEMU, and one that is broken', deadline, async () => {
    assertTold(await provoked('true', { MENV_VMM: 'qemu-of-nobody' }), 'qemu', 'bad', /not installed/);
    assertTold(await provoked('true', { MENV_VMM: '/bin/false' }), 'qemu', 'bad', /does not work/);
    const old = path.join(place.root, 'qemu-of-old');
    await writeFile(old, '#!/bin/sh\necho QEMU emulator version 6.2.0\n', { mode: 0o755 });
    assertTold(await provoked('true', { MENV_VMM: old }), 'qemu', 'limited', /^6\.2\.0/);
  });

  test('parts that are missing', deadline, async () => {
    const result = await provoked('true', { MENV_ASSETS: path.join(place.root, 'nothing') });
    assertTold(result, 'parts', 'bad', /missing in .*: menv/);
    const real = path.resolve(defaultAssetFolder());
    const partly = path.join(place.root, 'without-kernel');
    await mkdir(partly);
    for (const name of await readdir(real))
      if (name !== 'kernel') await symlink(path.join(real, name), path.join(partly, name));
    assertTold(await provoked('true', { MENV_ASSETS: partly }), 'parts', 'bad', /without-kernel: kernel$/);
  });

  test('little memory', deadline, async () => {
    const fake = path.join(place.root, 'meminfo');
    await writeFile(fake, 'MemTotal:        1000000 kB\nMemAvailable:     100000 kB\n');
    assertTold(await provoked(`mount --bind ${fake} /proc/meminfo`), 'memory', 'bad', /97 MiB of 976 MiB/);
  });

  test('little space, no shared blocks, and a folder that cannot be written', deadline, async () => {
    const small = path.join(place.root, 'small');
    await mkdir(small);
    const mount = (size: string): string => `mount -t tmpfs -o ${size} none ${small}`;
    assertTold(await provoked(mount('size=1m'), { MENV_HOME: small }), 'space', 'bad', /MiB free/);
    const larger = await provoked(mount('size=2g'), { MENV_HOME: small });
    assertTold(larger, 'space', 'limited', /GiB free/);
    assertTold(larger, 'file-system', 'limited', /cannot be shared/);
    assertTold(await provoked(mount('size=2g,ro'), { MENV_HOME: small }), 'folder', 'bad', /read-only/);
  });

  test('user namespaces that are forbidden', deadline, async () => {
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" doctor --json';
    const result = await provoked(`exec unshare --user --map-root-user sh -c '${script}' "$0"`);
    assertTold(result, 'user-namespaces', 'limited', /cannot be made/);
  });

  test('control groups that are not there', deadline, async () => {
    assertTold(await provoked('mount -t tmpfs none /sys/fs/cgroup'), 'cgroup', 'limited', /no version 2/);
  });

  test(
    'a Sandboxfile with errors, a port that is taken, a registry that is not there',
    deadline,
    async () => {
      await place.write('sandboxes: [');
      assertTold(await provoked('true'), 'project', 'bad', /Sandboxfile/);
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await place.write(
        `sandboxes:\n  web:\n    image: 127.0.0.1:1/none\n    ports: ['${String(port)}:80']\n`,
      );
      const result = await provoked('true');
      server.close();
      assertTold(result, 'ports', 'bad', new RegExp(`^${String(port)}: .*in use`));
      assert.match(finding(result, 'registries').found, /^127\.0\.0\.1:1: .*refused/);
    },
  );

  test('VS Code without the extension, and with it', deadline, async () => {
    const own = path.join(place.root, 'user');
    const programs = path.join(own, 'bin');
    await mkdir(programs, { recursive: true });
    const PATH = `${programs}:${process.env['PATH'] ?? ''}`;
    assertTold(await provoked('true', { HOME: own }), 'editor', 'limited', /not found|without the extension/);
    await writeFile(path.join(programs, 'code'), '#!/bin/sh\n', { mode: 0o755 });
    assertTold(await provoked('true', { HOME: own, PATH }), 'editor', 'limited', /without the extension/);
    const { name, publisher, version } = manifest;
    await mkdir(path.join(own, `.vscode/extensions/${publisher}.${name}-${version}`), { recursive: true });
    assert.equal(finding(await provoked('true', { HOME: own, PATH }), 'editor').state, 'good');
  });

  test('what can be mended safely is mended, and told', deadline, async () => {
    const home = path.join(place.root, 'mended');
    const options = { cwd: place.root, env: { ...place.environment, MENV_HOME: home } };
    assert.equal(
      finding(await msb(['doctor', '--json', '--fix'], options), 'folder').mended,
      'made the folder',
    );
    await writeFile(path.join(home, 'auth.json'), '{}', { mode: 0o644 });
    const again = finding(await msb(['doctor', '--json', '--fix'], options), 'folder');
    assert.match(again.mended ?? '', /logins/);
    assert.equal(finding(await msb(['doctor', '--json', '--fix'], options), 'folder').mended, undefined);
  });
});
