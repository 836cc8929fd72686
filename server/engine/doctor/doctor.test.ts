import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../api.ts';
import type { Access, HostFacts } from '../machine/doctor.ts';
import { hypervisor, machine, memory } from './computer.ts';
import { cgroup, landlock, userNamespaces } from './confinement.ts';
import { editor } from './editor.ts';
import { GIB, MIB } from './finding.ts';
import { libkrun, parts, qemu } from './programs.ts';
import { ports, registries } from './project.ts';
import { fileSystem, folder, space } from './storage.ts';

const usable: Access = { name: 'it', state: 'usable', reason: '' };
const perfect: HostFacts = {
  missing: [],
  hypervisor: usable,
  libkrun: { path: '/l', version: '1.17.4', reason: '' },
  qemu: { path: '/usr/bin/qemu', version: '7.2.22', reason: '' },
  memory: { total: 8 * GIB, available: 4 * GIB },
  folder: { path: '/h', exists: true, reason: '', free: 100 * GIB, sparse: true, reflink: true, lock: '' },
  userNamespaces: usable,
  landlock: { ...usable, abi: 7 },
  cgroup: { ...usable, controllers: ['cpu', 'memory', 'pids'] },
  ports: [{ address: '127.0.0.1', port: 80, udp: false, reason: '' }],
  registries: [{ host: 'registry.example', reason: '' }],
  mended: [],
};

const looks: Readonly<Record<string, (facts: HostFacts) => Finding>> = {
  parts: (facts) => parts(facts, ['/dist/menv', '/dist/kernel']),
  hypervisor,
  qemu: (facts) => qemu(facts, 'qemu-system-x86_64'),
  libkrun,
  memory,
  folder,
  space,
  fileSystem,
  userNamespaces,
  landlock,
  cgroup,
  ports,
  registries,
};

test('where everything is as it should be, nothing is to be done', () => {
  for (const [name, look] of Object.entries(looks)) {
    const finding = look(perfect);
    assert.equal(finding.state, 'good', name);
    assert.equal(finding.fix, undefined, name);
  }
});

test('each failing condition is told with its reason and a fix', () => {
  const place = perfect.folder;
  const cases: readonly [keyof typeof looks, Partial<HostFacts>, Finding['state'], RegExp, RegExp][] = [
    ['parts', { missing: ['/dist/kernel'] }, 'bad', /missing in \/dist: kernel/, /install the product/],
    ['hypervisor', { hypervisor: { ...usable, state: 'absent' } }, 'limited', /no it/, /firmware.*nested/],
    ['hypervisor', { hypervisor: { ...usable, state: 'denied' } }, 'limited', /may not/, /usermod -aG kvm/],
    ['hypervisor', { hypervisor: { ...usable, state: 'broken' } }, 'limited', /not work/, /doctor --probe/],
    [
      'hypervisor',
      {
        hypervisor: { ...usable, state: 'broken', reason: 'bad magic' },
        libkrun: { path: '', version: '', reason: 'bad magic' },
      },
      'limited',
      /^it could not be tried without libkrun$/,
      /libkrun below/,
    ],
    ['qemu', { qemu: { path: '', version: '', reason: 'x' } }, 'bad', /not installed/, /install/],
    ['qemu', { qemu: { path: '/q', version: '', reason: 'exit 1' } }, 'bad', /not work: exit 1/, /install/],
    ['qemu', { qemu: { path: '/q', version: '6.2.0', reason: '' } }, 'limited', /6\.2\.0/, /upgrade.*7\.2/],
    ['libkrun', { libkrun: { path: '', version: '', reason: 'too old' } }, 'limited', /too old/, /1\.17/],
    ['memory', { memory: { total: GIB, available: 300 * MIB } }, 'limited', /300 MiB of 1\.0 GiB/, /memory/],
    ['memory', { memory: { total: GIB, available: 100 * MIB } }, 'bad', /100 MiB/, /end programs/],
    ['folder', { folder: { ...place, reason: 'EACCES' } }, 'bad', /EACCES/, /MENV_HOME/],
    ['folder', { folder: { ...place, lock: 'ENOLCK' } }, 'bad', /locked: ENOLCK/, /with locks/],
    ['space', { folder: { ...place, free: GIB } }, 'limited', /1\.0 GiB/, /image prune/],
    ['space', { folder: { ...place, free: MIB } }, 'bad', /1 MiB/, /image prune/],
    ['fileSystem', { folder: { ...place, sparse: false } }, 'bad', /no holes/, /ext4/],
    ['fileSystem', { folder: { ...place, reflink: false } }, 'limited', /cannot be shared/, /Btrfs/],
    ['userNamespaces', { userNamespaces: { ...usable, state: 'denied' } }, 'limited', /made/, /sysctl/],
    ['landlock', { landlock: { ...usable, state: 'denied', abi: 0 } }, 'limited', /available/, /lsm=/],
    [
      'cgroup',
      { cgroup: { ...usable, state: 'absent', controllers: [] } },
      'limited',
      /version 2/,
      /Delegate/,
    ],
    ['cgroup', { cgroup: { ...usable, state: 'denied', controllers: [] } }, 'limited', /divide/, /Delegate/],
    ['cgroup', { cgroup: { ...usable, controllers: ['cpu'] } }, 'limited', /memory, pids/, /Delegate/],
    [
      'ports',
      { ports: [{ address: '127.0.0.1', port: 80, udp: true, reason: 'in use' }] },
      'bad',
      /80\/udp: in use/,
      /another host port/,
    ],
    ['registries', { registries: [{ host: 'r', reason: 'refused' }] }, 'limited', /r: refused/, /proxy/],
  ];
  for (const [name, facts, state, found, fix] of cases) {
    const finding = looks[name]?.({ ...perfect, ...facts });
    assert.ok(finding);
    assert.equal(finding.state, state, finding.found);
    assert.match(finding.found, found);
    assert.match(finding.fix ?? '', fix);
    assert.notEqual(finding.why, '');
  }
});

test('a machine without a build is told apart', () => {
  assert.equal(machine('linux', 'x64').state, 'good');
  assert.equal(machine('win32', 'x64').state, 'bad');
});

test('the editor is found with its extension, without it, and not at all', async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  try {
    const programs = path.join(home, 'bin');
    await mkdir(programs);
    assert.equal((await editor(home, programs)).found, 'not found');
    await writeFile(path.join(programs, 'codium'), '');
    assert.match((await editor(home, programs)).found, /without the extension/);
    await mkdir(path.join(home, '.vscode/extensions/sandboxfile.sandboxfile-1.2.3-linux-x64'), {
      recursive: true,
    });
    const finding = await editor(home, programs);
    assert.deepEqual([finding.state, finding.found], ['good', 'the extension is installed: 1.2.3']);
  } finally {
    await rm(home, { recursive: true });
  }
});
