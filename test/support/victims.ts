// The processes of a sandbox, by the part they play.

import type { Place } from './place.ts';
import { processesOf } from './processes.ts';

export type Part = 'image' | 'supervisor' | 'vmm';

const commands: Record<Part, RegExp> = {
  image: /\/menv image /,
  supervisor: /\/menv vm$/,
  vmm: /^\S*qemu-system-/,
};

export async function pidOf(place: Place, part: Part): Promise<number | undefined> {
  const processes = await processesOf(place.home);
  // The microVM in which a template is made is nobody's sandbox.
  return processes.find(({ command }) => commands[part].test(command) && !command.includes('/templates/'))
    ?.pid;
}
