// Processor, hypervisor and memory.

import os from 'node:os';
import type { Finding } from '../api.ts';
import type { HostFacts } from '../machine/doctor.ts';
import { amount, GIB, good, limited, MIB } from './finding.ts';
import type { Subject } from './finding.ts';

export function machine(platform = process.platform, arch = process.arch): Finding {
  const subject: Subject = {
    id: 'machine',
    title: 'Machine',
    why: 'sandboxes are made for Linux on x86-64 or arm64 and macOS on arm64, and share its processors',
  };
  const processors = os.cpus();
  const model = processors[0]?.model.trim() ?? '';
  const found = `${os.type()} ${os.release()} ${arch}, ${String(processors.length)} × ${model === '' ? 'CPU' : model}`;
  if (SUPPORTED.has(`${platform}-${arch}`)) return good(subject, found);
  return { ...subject, state: 'bad', found, fix: 'use one of these machines; there is no build for others' };
}

const SUPPORTED = new Set(['linux-x64', 'linux-arm64', 'darwin-arm64']);

const HYPERVISOR: Subject = {
  id: 'hypervisor',
  title: 'Hardware virtualisation',
  why: 'with it sandboxes compute at the speed of the machine and are isolated by its hardware; without it QEMU emulates a processor, which is ten to thirty times slower and no promised boundary',
};

export function hypervisor(facts: Pick<HostFacts, 'hypervisor' | 'libkrun'>): Finding {
  const { state, name, reason } = facts.hypervisor;
  switch (state) {
    case 'usable':
      return good(HYPERVISOR, `${name} can be used`);
    case 'absent':
      return limited(HYPERVISOR, `no ${name}: ${reason}`, ABSENT);
    case 'denied':
      return limited(
        HYPERVISOR,
        `${name} may not be used: ${reason}`,
        'become a member of its group, `sudo usermod -aG kvm "$USER"`, and log in again',
      );
    case 'broken':
      // Then no guest has been started, and nothing is known of the device but that it opens.
      if (facts.libkrun.reason !== '')
        return limited(HYPERVISOR, `${name} could not be tried without libkrun`, 'see libkrun below');
      return limited(HYPERVISOR, `${name} does not work: ${reason}`, BROKEN);
  }
}

const ABSENT =
  'on a computer of yours: switch virtualisation on in its firmware and load the module, `sudo modprobe kvm_intel` or `kvm_amd`; in a virtual machine: have its host allow nested virtualisation; in a container: pass the device in. Until then QEMU emulates';

const BROKEN =
  'nothing on this machine helps when its own host only seems to offer virtualisation; QEMU emulates. After a change, `msb doctor --probe` tries again';

export function memory({ memory: { total, available } }: HostFacts): Finding {
  const subject: Subject = {
    id: 'memory',
    title: 'Memory',
    why: 'a sandbox takes what its programs touch, up to its `memory`',
  };
  if (total === 0) return limited(subject, 'not known', 'nothing has to be done');
  const found = available === 0 ? amount(total) : `${amount(available)} of ${amount(total)} available`;
  if (available === 0 || available >= GIB) return good(subject, found);
  const fix = 'end programs that are not needed, or give sandboxes less `memory`';
  return { ...subject, state: available < 128 * MIB ? 'bad' : 'limited', found, fix };
}
