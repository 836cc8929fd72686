import type { Localizer } from '../../host/localizer.ts';
import { sentence } from '../../host/sentence.ts';
import type { Finding } from './messages.ts';
import { sectionsOf } from './sections.ts';

/** As Markdown, to be pasted somewhere: what is wrong comes first, with why it matters and what to do about it. */
export function report(findings: readonly Finding[], l10n: Localizer): string {
  const sections = sectionsOf(findings, l10n).map(({ heading, findings: among }) => {
    return `## ${heading}\n\n${among.map(item).join('\n')}`;
  });
  return `# ${l10n.t('Sandboxfile Doctor')}\n\n${sections.join('\n\n')}\n`;
}

function item({ title, state, found, why, fix, mended }: Finding): string {
  const more = [...(state === 'good' ? [] : [why, fix]), mended].filter((text) => text !== undefined);
  return [
    `- **${title}**: ${found.split('\n').join(' ')}`,
    ...more.map((text) => `  - ${sentence(text)}`),
  ].join('\n');
}
