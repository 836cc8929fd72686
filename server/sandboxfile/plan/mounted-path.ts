import type { Mount } from './sandbox.ts';

/** The host's file or folder that a path in the guest means; undefined when it is on no mount. */
export function hostPathOf(mounts: readonly Mount[], guest: string): string | undefined {
  return across(mounts, guest, 'guest', 'host');
}

/** The path in the guest under which programs find a file or folder of the host. */
export function guestPathOf(mounts: readonly Mount[], host: string): string | undefined {
  return across(mounts, host, 'host', 'guest');
}

/** Of two mounts that hold the path, the one nearer to it counts. */
function across(
  mounts: readonly Mount[],
  path: string,
  from: 'host' | 'guest',
  to: 'host' | 'guest',
): string | undefined {
  const [nearest] = mounts
    .filter((mount) => path === mount[from] || path.startsWith(folder(mount[from])))
    .toSorted((a, b) => b[from].length - a[from].length);
  if (nearest === undefined) return undefined;
  const rest = path.slice(folder(nearest[from]).length);
  return path === nearest[from] ? nearest[to] : folder(nearest[to]) + rest;
}

function folder(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
