import { homedir } from 'node:os';
import { sep } from 'node:path';
import type { SandboxPlan } from '../../sandboxfile/index.ts';

/** What to say of volumes that show the sandbox more than a project: everything, or the user's own folder. */
export function wideVolumeWarnings(plan: SandboxPlan, home = homedir()): readonly string[] {
  return plan.mounts.flatMap(({ host, guest, readOnly }) => {
    const whole =
      host === sep ? 'all files of this machine' : holds(host, home) ? 'your home folder' : undefined;
    if (whole === undefined) return [];
    const can = readOnly ? 'read' : 'read and change';
    return [`sandbox '${plan.name}' can ${can} ${whole}: volume ${host}:${guest}`];
  });
}

function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}
