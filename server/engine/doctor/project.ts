// What a project asks of the machine around it.

import type { Finding } from '../api.ts';
import type { HostFacts, HostPort } from '../machine/doctor.ts';
import { bad, good, limited } from './finding.ts';
import type { Subject } from './finding.ts';

const PROJECT: Subject = {
  id: 'project',
  title: 'Sandboxfile',
  why: 'with errors in it nothing of the project runs',
};

export function project(place: string, sandboxes: number): Finding {
  return good(PROJECT, `${place}: ${String(sandboxes)} sandboxes`);
}

export function brokenProject(place: string, message: string): Finding {
  const fix = 'correct the file; `msb check` lists every problem';
  return bad(PROJECT, `${place}: ${message.split('\n').join(' ')}`, fix);
}

export function ports({ ports: tried }: HostFacts): Finding {
  const subject: Subject = {
    id: 'ports',
    title: 'Ports',
    why: 'a sandbox publishes its servers on ports of this machine, one owner each',
  };
  const taken = tried.filter(({ reason }) => reason !== '');
  if (taken.length > 0) {
    const found = taken.map((port) => `${shown(port)}: ${port.reason}`).join('; ');
    const fix =
      'end the program that has the port (`ss -ltnp` names it), or write another host port under `ports`; below 1024 only root may publish, unless `net.ipv4.ip_unprivileged_port_start` says otherwise';
    return bad(subject, found, fix);
  }
  return good(subject, tried.length === 0 ? 'none to try' : `free: ${tried.map(shown).join(', ')}`);
}

export function registries({ registries: tried }: HostFacts): Finding {
  const subject: Subject = {
    id: 'registries',
    title: 'Registries',
    why: 'images that are not on this machine yet come from them',
  };
  const silent = tried.filter(({ reason }) => reason !== '');
  if (silent.length > 0) {
    const found = silent.map(({ host, reason }) => `${host}: ${reason}`).join('; ');
    const fix =
      'check the network, its proxy (HTTPS_PROXY) and the name; images that are here already run without. Authorities and mirrors go into registries.json';
    return limited(subject, found, fix);
  }
  return good(
    subject,
    tried.length === 0 ? 'none named' : `reached: ${tried.map(({ host }) => host).join(', ')}`,
  );
}

function shown({ port, udp }: HostPort): string {
  return `${String(port)}${udp ? '/udp' : ''}`;
}
