import type { Finding as EngineFinding } from '../../../server/engine/api.ts';
import type { Localizer } from '../../host/localizer.ts';
import { sentence } from '../../host/sentence.ts';

export type Finding = Pick<EngineFinding, 'title' | 'state' | 'found' | 'fix'> & { readonly why?: string };

/** As Markdown: what is wrong comes first, with why it matters and what to do about it. */
export function report(findings: readonly Finding[], l10n: Localizer): string {
  const parts: readonly (readonly [Finding['state'], string])[] = [
    ['bad', l10n.t('To be mended')],
    ['limited', l10n.t('Works, with limits')],
    ['good', l10n.t('In order')],
  ];
  const sections = parts.flatMap(([state, heading]) => {
    const among = findings.filter((finding) => finding.state === state);
    return among.length === 0 ? [] : [`## ${heading}\n\n${among.map(item).join('\n')}`];
  });
  return `# ${l10n.t('Sandboxfile Doctor')}\n\n${sections.join('\n\n')}\n`;
}

function item({ title, state, found, why, fix }: Finding): string {
  const more = state === 'good' ? [] : [why, fix].filter((text) => text !== undefined);
  return [
    `- **${title}**: ${found.split('\n').join(' ')}`,
    ...more.map((text) => `  - ${sentence(text)}`),
  ].join('\n');
}
