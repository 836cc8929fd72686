// The processes of a sandbox, by the part they play.

import type { Place } from './place.ts';
import { parentOf, processesOf } from './processes.ts';

export type Part = 'image' | 'supervisor' | 'vmm';

const commands: Record<Part, RegExp> = {
  image: /\/menv image /,
  supervisor: /\/menv vm$/,
  vmm: /^\S*qemu-system-/,
};

/** Of any sandbox but those of these supervisors. */
export async function pidOf(
  place: Place,
  part: Part,
  except: readonly number[] = [],
): Promise<number | undefined> {
  const processes = (await processesOf(place.home)).filter(({ pid }) => !except.includes(pid));
  const found = processes.filter(({ command }) => commands[part].test(command));
  if (part !== 'vmm') return found[0]?.pid;
  // The microVM in which a template is made is nobody's sandbox.
  const supervisors = new Set(
    processes.filter(({ command }) => command.endsWith('/menv vm')).map(({ pid }) => pid),
  );
  for (const { pid } of found) {
    if (supervisors.has(await parentOf(pid))) return pid;
  }
  return undefined;
}
