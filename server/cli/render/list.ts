// `msb list`: one block a sandbox, in file order.

import { formatPort, formatVolume, normalImage } from '../../sandboxfile/index.ts';
import type { Project, Sandbox } from '../../sandboxfile/index.ts';
import { printable } from './style.ts';

/** `registry`: where bare image names come from; empty when that is not configured. */
export function renderList(project: Project, registry: string): string {
  const sandboxes = [...project.sandboxes.values()];
  if (sandboxes.length === 0) return 'No sandboxes found\n';
  const blocks = sandboxes.map((sandbox, index) => block(sandbox, index + 1, registry));
  return `${blocks.join('\n')}\nTotal: ${sandboxes.length}\n`;
}

function block(sandbox: Sandbox, number: number, registry: string): string {
  const lines: readonly (readonly [string, string])[] = [
    ['Image', imageName(sandbox, registry)],
    ['Resources', resources(sandbox)],
    ['Network', sandbox.scope],
    ['Ports', sandbox.ports.map(formatPort).join(', ')],
    ['Volumes', sandbox.volumes.map(formatVolume).join(', ')],
    ['Scripts', [...sandbox.scripts.keys()].join(', ')],
    ['Depends On', sandbox.dependsOn.join(', ')],
  ];
  const shown = lines.filter(([, value]) => value !== '').map(([label, value]) => `   ${label}: ${value}\n`);
  return printable(`${number}. ${sandbox.name}\n${shown.join('')}`);
}

function imageName({ image }: Sandbox, registry: string): string {
  if (image === undefined) return '';
  const name = normalImage(image, registry);
  return registry === '' && image.kind === 'reference' ? name.replace(/^\//, '') : name;
}

/** Only what the file sets. */
function resources({ fields, cpus, memoryMib }: Sandbox): string {
  const parts: string[] = [];
  if (fields.cpus !== undefined) parts.push(`${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`);
  if (fields.memory !== undefined || fields.ram !== undefined) parts.push(`${memoryMib} MiB`);
  return parts.join(', ');
}
