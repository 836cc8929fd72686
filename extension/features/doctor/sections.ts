import type { Localizer } from '../../host/localizer.ts';
import type { Finding } from './messages.ts';

export interface Section {
  readonly state: Finding['state'];
  readonly heading: string;
  readonly findings: readonly Finding[];
}

/** What is wrong comes first; no section is empty. */
export function sectionsOf(findings: readonly Finding[], l10n: Localizer): readonly Section[] {
  return (['bad', 'limited', 'good'] as const)
    .map((state) => ({
      state,
      heading: stateText(state, l10n),
      findings: findings.filter((finding) => finding.state === state),
    }))
    .filter((section) => section.findings.length > 0);
}

export function stateText(state: Finding['state'], l10n: Localizer): string {
  if (state === 'good') return l10n.t('In order');
  return state === 'limited' ? l10n.t('Works, with limits') : l10n.t('To be mended');
}
