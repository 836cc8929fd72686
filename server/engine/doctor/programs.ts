// What has to be installed.

import { basename, dirname } from 'node:path';
import type { Finding } from '../api.ts';
import { vmmInstallHint } from '../errors/index.ts';
import type { HostFacts } from '../machine/doctor.ts';
import { bad, good, limited } from './finding.ts';
import type { Subject } from './finding.ts';

export function parts(facts: Pick<HostFacts, 'missing'>, assets: readonly string[]): Finding {
  const subject: Subject = {
    id: 'parts',
    title: 'This installation',
    why: 'every sandbox is made of these: supervisor, kernel, agent, empty disk, built-in image',
  };
  const folder = dirname(assets[0] ?? '');
  if (facts.missing.length === 0) return good(subject, `complete, in ${folder}`);
  const names = facts.missing.map((file) => basename(file)).join(', ');
  return bad(
    subject,
    `missing in ${folder}: ${names}`,
    'install the product again; in a clone, `npm start` builds it',
  );
}

export function libkrun({ libkrun: { path, version, reason } }: Pick<HostFacts, 'libkrun'>): Finding {
  const subject: Subject = {
    id: 'libkrun',
    title: 'libkrun',
    why: 'it runs sandboxes where hardware virtualisation works',
  };
  if (reason === '') return good(subject, `${version === '' ? 'found' : version}, ${path}`);
  const fix = 'install the product again, or libkrun 1.17 or newer; QEMU runs sandboxes without it';
  return limited(subject, reason, fix);
}

/** The oldest that it is tested with. */
const TESTED = [7, 2];

export function qemu({ qemu: { path, version, reason } }: HostFacts, program: string): Finding {
  const subject: Subject = {
    id: 'qemu',
    title: 'QEMU',
    why: 'it runs sandboxes where hardware virtualisation does not, and all that need snapshots of memory',
  };
  if (path === '') return bad(subject, `${program} is not installed`, vmmInstallHint());
  if (reason !== '') return bad(subject, `${path} does not work: ${reason}`, vmmInstallHint());
  if (isOlder(version, TESTED)) {
    const fix = `upgrade it; ${TESTED.join('.')} is the oldest that sandboxes are tested with`;
    return limited(subject, `${version}, ${path}`, fix);
  }
  return good(subject, `${version}, ${path}`);
}

function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = version.split('.').map(Number);
  for (const [index, wanted] of than.entries()) {
    const have = numbers[index] ?? 0;
    if (have !== wanted) return have < wanted;
  }
  return false;
}
