import type { Localizer } from '../../host/localizer.ts';
import type { Finding } from './messages.ts';

export interface Section {
  readonly state: Finding['state'];
  readonly heading: string;
  readonly findings: readonly Finding[];
}

/** What is wrong comes first; no section is empty. */
export function sectionsOf(findings: readonly Finding[], l10n: Localizer): readonly Section[] {
  const all = [
    { state: 'bad', heading: l10n.t('To be mended') },
    { state: 'limited', heading: l10n.t('Works, with limits') },
    { state: 'good', heading: l10n.t('In order') },
  ] as const;
  return all
    .map((each) => ({ ...each, findings: findings.filter(({ state }) => state === each.state) }))
    .filter((section) => section.findings.length > 0);
}
