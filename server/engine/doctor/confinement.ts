// What the host offers to shut a virtual machine monitor in.

import type { Finding } from '../api.ts';
import type { HostFacts } from '../machine/doctor.ts';
import { good, limited } from './finding.ts';
import type { Subject } from './finding.ts';

export function userNamespaces({ userNamespaces: { state, reason } }: HostFacts): Finding {
  const subject: Subject = {
    id: 'user-namespaces',
    title: 'User namespaces',
    why: 'with them a virtual machine monitor can be shut in without root',
  };
  if (state === 'usable') return good(subject, 'can be made');
  if (state === 'absent') return good(subject, `none: ${reason}`);
  return limited(
    subject,
    `cannot be made: ${reason}`,
    'allow them: `sudo sysctl user.max_user_namespaces=15000`, on Debian `kernel.unprivileged_userns_clone=1`, on Ubuntu `kernel.apparmor_restrict_unprivileged_userns=0`; in a container its policy decides',
  );
}

export function landlock({ landlock: { state, reason, abi } }: HostFacts): Finding {
  const subject: Subject = {
    id: 'landlock',
    title: 'Landlock',
    why: 'with it a process can give up the files that it does not need',
  };
  if (state === 'usable') return good(subject, `version ${String(abi)}`);
  const fix =
    'boot Linux 5.13 or newer with `landlock` in its `lsm=` list; in a container its policy decides';
  return limited(subject, `not available: ${reason}`, fix);
}

export function cgroup({ cgroup: { state, name, reason, controllers } }: HostFacts): Finding {
  const subject: Subject = {
    id: 'cgroup',
    title: 'Control groups',
    why: 'where they are delegated, a sandbox as a whole can be kept within its memory and processors',
  };
  const missing = ['memory', 'cpu', 'pids'].filter((wanted) => !controllers.includes(wanted));
  const fix =
    'log in through systemd, which delegates to each user, or run `systemd-run --user --scope -p Delegate=yes msb …`; a host with version 1 boots with version 2 by `systemd.unified_cgroup_hierarchy=1`';
  if (state === 'absent') return limited(subject, `no version 2: ${reason}`, fix);
  if (state !== 'usable') return limited(subject, `${name} is not ours to divide: ${reason}`, fix);
  if (missing.length > 0) return limited(subject, `${name} lacks ${missing.join(', ')}`, fix);
  return good(subject, `${name}: ${controllers.join(', ')}`);
}
