// A start in words, what reaches beyond the sandbox first.

import path from 'node:path';
import type { StartReview } from '../../../server/engine/api.ts';
import type { Localizer } from '../../host/localizer.ts';

/** A dialog has to hold all of it. */
const MAX_COMMANDS = 6;
const MAX_LENGTH = 90;

export function describeReview(
  review: StartReview,
  workspaceFolders: readonly string[],
  l10n: Localizer,
): readonly string[] {
  const isOutside = (host: string): boolean => !workspaceFolders.some((folder) => isInside(host, folder));
  const outside = review.mounts.filter(({ host }) => isOutside(host));
  const inside = review.mounts.filter(({ host }) => !isOutside(host));
  const rest = review.commands.length - MAX_COMMANDS;
  const mount = (of: StartReview['mounts'][number]): string => describeMount(of, l10n);
  return [
    l10n.t('Image: {0}', review.image),
    l10n.t('Network: {0}', network(review.scope, l10n)),
    ...(review.allow.length === 0 ? [] : [l10n.t('Of it only: {0}', review.allow.join(', '))]),
    ...(review.deny.length === 0 ? [] : [l10n.t('Not reached: {0}', review.deny.join(', '))]),
    ...review.secrets.map(({ name, hosts }) => l10n.t('Secret {0} used for: {1}', name, hosts.join(', '))),
    ...(review.vmm === undefined ? [] : [backEnd(review.vmm, l10n)]),
    ...outside.map((each) => l10n.t('Mounted from OUTSIDE the workspace: {0}', mount(each))),
    ...inside.map((each) => l10n.t('Mounted: {0}', mount(each))),
    ...(review.ports.length === 0 ? [] : [l10n.t('Published ports: {0}', review.ports.join(', '))]),
    ...(review.envFile === undefined ? [] : [l10n.t('Variables from: {0}', review.envFile)]),
    l10n.t('Commands:'),
    ...review.commands.slice(0, MAX_COMMANDS).map(({ name, text }) => `  ${name}: ${shortened(text)}`),
    ...(rest > 0 ? [l10n.t('  and {0} more', rest)] : []),
  ];
}

function network(scope: StartReview['scope'], l10n: Localizer): string {
  switch (scope) {
    case 'none':
      return l10n.t('none');
    case 'group':
      return l10n.t('sandboxes of its groups');
    case 'public':
      return l10n.t('the internet, not this machine or its local network');
    case 'any':
      return l10n.t('everything this machine can reach');
  }
}

function backEnd(vmm: NonNullable<StartReview['vmm']>, l10n: Localizer): string {
  switch (vmm) {
    case 'auto':
      return l10n.t('Run by: libkrun where it works, otherwise QEMU');
    case 'libkrun':
      return l10n.t('Run by: libkrun');
    case 'qemu':
      return l10n.t('Run by: QEMU, also where the hardware could run it, which is the stronger wall');
  }
}

function describeMount({ host, guest, readOnly }: StartReview['mounts'][number], l10n: Localizer): string {
  return readOnly ? l10n.t('{0} at {1} (read-only)', host, guest) : l10n.t('{0} at {1}', host, guest);
}

function isInside(host: string, folder: string): boolean {
  const relative = path.relative(folder, host);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

function shortened(text: string): string {
  const line = text.trim().split('\n').join(' ⏎ ');
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH)}…`;
}
