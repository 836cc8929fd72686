// `msb list`: one block a sandbox, in file order, then one a fork.

import type { Fork, Project } from '../../engine/api.ts';
import { displayImage } from '../../engine/index.ts';
import { printable } from './style.ts';

type Model = Project['model'];
type Sandbox = Model['sandboxes'] extends ReadonlyMap<string, infer S> ? S : never;

/** Forks come after what the file defines. */
export function renderList(model: Model, forks: readonly Fork[] = []): string {
  const all = [
    ...[...model.sandboxes.values()].map((sandbox) => ({ sandbox, parent: '' })),
    ...forks.map(({ definition, parent }) => ({ sandbox: definition, parent })),
  ];
  if (all.length === 0) return 'No sandboxes found\n';
  const blocks = all.map(({ sandbox, parent }, index) => block(sandbox, parent, index + 1));
  return `${blocks.join('\n')}\nTotal: ${all.length}\n`;
}

function block(sandbox: Sandbox, parent: string, number: number): string {
  const lines: readonly (readonly [string, string])[] = [
    ['Fork Of', parent],
    ['Image', sandbox.image === undefined ? '' : displayImage(sandbox.image)],
    ['Resources', resources(sandbox)],
    ['Network', sandbox.scope],
    ['VMM', sandbox.vmm ?? ''],
    ['Ports', sandbox.ports.map(port).join(', ')],
    ['Volumes', sandbox.volumes.map(volume).join(', ')],
    ['Scripts', [...sandbox.scripts.keys()].join(', ')],
    ['Depends On', sandbox.dependsOn.join(', ')],
  ];
  const shown = lines.filter(([, value]) => value !== '').map(([label, value]) => `   ${label}: ${value}\n`);
  return printable(`${number}. ${sandbox.name}\n${shown.join('')}`);
}

/** Only what the file sets. */
function resources({ fields, cpus, memoryMib }: Sandbox): string {
  const parts: string[] = [];
  if (fields.cpus !== undefined) parts.push(`${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`);
  if (fields.memory !== undefined || fields.ram !== undefined) parts.push(`${memoryMib} MiB`);
  return parts.join(', ');
}

function port({ host, guest, protocol }: Sandbox['ports'][number]): string {
  return `${host}:${guest}${protocol === 'udp' ? '/udp' : ''}`;
}

function volume({ host, guest, readOnly }: Sandbox['volumes'][number]): string {
  return `${host}:${guest}${readOnly ? ':ro' : ''}`;
}
