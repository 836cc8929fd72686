import type { Localizer } from '../../host/localizer.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What is wrong with a snapshot's name, for the user who types it. */
export function nameFault(name: string, taken: readonly string[], l10n: Localizer): string | undefined {
  if (taken.includes(name)) return l10n.t("'{0}' exists already.", name);
  if (NAME.test(name)) return undefined;
  return l10n.t('Up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.');
}

/** The first of `s1`, `s2`, … that is free. */
export function freeName(taken: readonly string[], prefix = 's'): string {
  for (let number = 1; ; number++) {
    if (!taken.includes(`${prefix}${number}`)) return `${prefix}${number}`;
  }
}
