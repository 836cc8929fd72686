// The user's folder and what its file system can do.

import type { Finding } from '../api.ts';
import type { HostFacts } from '../machine/doctor.ts';
import { amount, bad, GIB, good, limited, MIB } from './finding.ts';
import type { Subject } from './finding.ts';

type Facts = Pick<HostFacts, 'folder'>;

export function folder({ folder: { path, exists, reason, lock } }: Facts): Finding {
  const subject: Subject = {
    id: 'folder',
    title: 'Folder',
    why: 'images, templates and running sandboxes are kept in it, and locks in it say who owns what',
  };
  const elsewhere = 'or set MENV_HOME to a folder of yours';
  if (reason !== '')
    return bad(subject, `${path} cannot be used: ${reason}`, `correct owner and rights, ${elsewhere}`);
  if (lock !== '') {
    const fix = `mount the file system with locks, ${elsewhere} on another`;
    return bad(subject, `files in ${path} cannot be locked: ${lock}`, fix);
  }
  return good(subject, exists ? path : `${path}, made when it is needed`);
}

export function space({ folder: { path, free } }: Facts): Finding {
  const subject: Subject = {
    id: 'space',
    title: 'Disk space',
    why: 'images and what sandboxes write take it; a sandbox whose disk cannot grow is ended',
  };
  const found = `${amount(free)} free for ${path}`;
  if (free >= 4 * GIB) return good(subject, found);
  const fix =
    'free some; `msb image prune` removes images that nothing uses, MENV_IMAGES_LIMIT keeps them small';
  return { ...subject, state: free < 256 * MIB ? 'bad' : 'limited', found, fix };
}

export function fileSystem({ folder: { path, reason, sparse, reflink } }: Facts): Finding {
  const subject: Subject = {
    id: 'file-system',
    title: 'File system',
    why: 'disks are files with holes; where blocks can be shared, snapshots copy nothing',
  };
  if (reason !== '')
    return limited(subject, 'not known: nothing can be written', `see the folder ${path} above`);
  if (!sparse) {
    const fix = 'set MENV_HOME to a folder on ext4, XFS, Btrfs or APFS';
    return bad(subject, 'files have no holes: each sandbox would take 64 GiB', fix);
  }
  if (reflink) return good(subject, 'holes, shared blocks');
  return limited(
    subject,
    'holes; blocks cannot be shared',
    'XFS (with reflink), Btrfs and APFS make snapshots cheaper',
  );
}
