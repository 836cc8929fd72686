import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { sep } from 'node:path';
import type { SandboxPlan } from '../../sandboxfile/index.ts';

/** What to say of volumes that show the sandbox more than a project, also by a link: everything, or the user's own folder. */
export async function wideVolumeWarnings(
  plan: Pick<SandboxPlan, 'name' | 'mounts'>,
  home = homedir(),
): Promise<readonly string[]> {
  const realHome = await followed(home);
  const warnings = await Promise.all(
    plan.mounts.map(async ({ host, guest, readOnly }) => {
      const folder = await followed(host);
      const whole =
        folder === sep
          ? 'all files of this machine'
          : holds(folder, realHome)
            ? 'your home folder'
            : undefined;
      if (whole === undefined) return [];
      const can = readOnly ? 'read' : 'read and change';
      return [`sandbox '${plan.name}' can ${can} ${whole}: volume ${host}:${guest}`];
    }),
  );
  return warnings.flat();
}

/** What is not there is missed by the start itself. */
async function followed(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function holds(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}
