// A start in words, what reaches beyond the sandbox first.

import path from 'node:path';
import { shortened } from '../../../server/cli/editor-terminal/review.ts';
import type { StartReview } from '../../../server/engine/api.ts';
import { listed, MAX_LISTED } from '../../host/listed.ts';
import type { Localizer } from '../../host/localizer.ts';

/** A dialog has to hold all of it; the file has the rest. */
const MAX_COMMANDS = 8;

/** `workspaceFolders`: also as they are called without symbolic links. */
export function describeReview(
  review: StartReview,
  workspaceFolders: readonly string[],
  l10n: Localizer,
): readonly string[] {
  const place = new Places(review, workspaceFolders, l10n);
  const outside = review.mounts.filter(({ host }) => place.isOutside(host));
  const inside = review.mounts.filter(({ host }) => !place.isOutside(host));
  const mounts = [
    ...outside.map((each) => l10n.t('Mounted from OUTSIDE the workspace: {0}', place.ofMount(each))),
    ...inside.map((each) => l10n.t('Mounted: {0}', place.ofMount(each))),
  ];
  const secrets = review.secrets.map(({ name, hosts }) => {
    return l10n.t('Secret {0} used for: {1}', name, listed(hosts, l10n));
  });
  const commands = review.commands.map(({ name, text }) => `  ${name}: ${shortened(text)}`);
  return [
    l10n.t('Image: {0}', place.of(review.image)),
    l10n.t('Network: {0}', network(review.scope, l10n)),
    ...(review.allow.length === 0 ? [] : [l10n.t('Of it only: {0}', listed(review.allow, l10n))]),
    ...(review.deny.length === 0 ? [] : [l10n.t('Not reached: {0}', listed(review.deny, l10n))]),
    ...few(secrets, MAX_LISTED, l10n),
    ...(review.vmm === undefined ? [] : [backEnd(review.vmm, l10n)]),
    ...few(mounts, MAX_LISTED, l10n),
    ...(review.ports.length === 0 ? [] : [l10n.t('Published ports: {0}', listed(review.ports, l10n))]),
    ...(review.envFile === undefined ? [] : [l10n.t('Variables from: {0}', place.of(review.envFile))]),
    l10n.t('Commands:'),
    ...few(commands, MAX_COMMANDS, l10n),
  ].map(visible);
}

/** Where the host's paths are, and are by links. */
class Places {
  readonly #targets: ReadonlyMap<string, string>;
  readonly #folders: readonly string[];
  readonly #l10n: Localizer;

  constructor({ links }: StartReview, folders: readonly string[], l10n: Localizer) {
    this.#targets = new Map(links.map(({ path: from, target }) => [from, target]));
    this.#folders = folders;
    this.#l10n = l10n;
  }

  isOutside(host: string): boolean {
    const real = this.#targets.get(host) ?? host;
    return !this.#folders.some((folder) => isInside(real, folder));
  }

  /** Of something that can be another thing than a path too. */
  of(source: string): string {
    const named = this.#named(source);
    if (!path.isAbsolute(source) || !this.isOutside(source)) return named;
    return this.#l10n.t('{0} (OUTSIDE the workspace)', named);
  }

  ofMount({ host, guest, readOnly, options }: StartReview['mounts'][number]): string {
    const named = this.#named(host);
    const mount = readOnly
      ? this.#l10n.t('{0} at {1} (read-only)', named, guest)
      : this.#l10n.t('{0} at {1}', named, guest);
    if (options === undefined || options.hide.length === 0) return mount;
    return this.#l10n.t('{0}, without {1}', mount, shortened(options.hide.join(', ')));
  }

  #named(host: string): string {
    const target = this.#targets.get(host);
    return target === undefined ? host : this.#l10n.t('{0} (a link to {1})', host, target);
  }
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

function isInside(host: string, folder: string): boolean {
  const relative = path.relative(folder, host);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

function few(lines: readonly string[], most: number, l10n: Localizer): readonly string[] {
  const rest = lines.length - most;
  return rest <= 0 ? lines : [...lines.slice(0, most), l10n.t('  and {0} more', rest)];
}

/** A name or path cannot pretend to be another line, or turn the direction of what follows. */
function visible(line: string): string {
  const hidden = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
  return line.replaceAll(hidden, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
