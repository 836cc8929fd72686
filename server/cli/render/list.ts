// `msb list`: one block a sandbox, in file order.

import type { Project } from '../../engine/api.ts';
import { displayImage } from '../../engine/index.ts';
import { printable } from './style.ts';

type Model = Project['model'];
type Sandbox = Model['sandboxes'] extends ReadonlyMap<string, infer S> ? S : never;

export function renderList(model: Model): string {
  const sandboxes = [...model.sandboxes.values()];
  if (sandboxes.length === 0) return 'No sandboxes found\n';
  const blocks = sandboxes.map((sandbox, index) => block(sandbox, index + 1));
  return `${blocks.join('\n')}\nTotal: ${sandboxes.length}\n`;
}

function block(sandbox: Sandbox, number: number): string {
  const lines: readonly (readonly [string, string])[] = [
    ['Image', sandbox.image === undefined ? '' : displayImage(sandbox.image)],
    ['Resources', resources(sandbox)],
    ['Network', sandbox.scope],
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
