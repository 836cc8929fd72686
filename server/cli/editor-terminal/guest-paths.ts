// Paths of the guest that lie in a mount, and what they are on the host.

import path from 'node:path';
import type { StartReview } from '../../engine/api.ts';

export type Mount = StartReview['mounts'][number];

export class GuestPaths {
  /** Innermost first: the last of nested mounts is what a program sees. */
  readonly #mounts: readonly Mount[];

  constructor(mounts: readonly Mount[]) {
    this.#mounts = [...mounts].sort((a, b) => b.guest.length - a.guest.length);
  }

  /** Those that are called otherwise on the host, innermost first. */
  get renamed(): readonly Mount[] {
    return this.#mounts.filter(({ host, guest }) => host !== guest);
  }

  /** Of the guest, innermost first. */
  get folders(): readonly string[] {
    return this.#mounts.map(({ guest }) => guest);
  }

  /** Undefined when the host has no such path. `guest`: absolute. */
  toHost(guest: string): string | undefined {
    const wanted = path.posix.normalize(guest);
    const mount = this.#mounts.find((each) => isInside(wanted, each.guest));
    if (mount === undefined) return undefined;
    return path.join(mount.host, path.posix.relative(mount.guest, wanted));
  }
}

function isInside(wanted: string, folder: string): boolean {
  return wanted === folder || wanted.startsWith(folder === '/' ? '/' : `${folder}/`);
}
