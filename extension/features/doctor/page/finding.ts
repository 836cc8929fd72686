import { element } from '../../../host/page/elements.ts';
import { l10n } from '../../../host/page/l10n.ts';
import { sentence } from '../../../host/sentence.ts';
import type { Finding } from '../messages.ts';
import { stateText } from '../sections.ts';

/** Signs for the eye; the section's heading and the label say the same in words. */
const SIGNS = { bad: '✕', limited: '!', good: '✓' } as const;

export function findingElement({ title, state, found, why, fix, mended }: Finding): HTMLElement {
  const root = element('article', `finding ${state}`);
  const sign = element('span', 'sign', SIGNS[state]);
  sign.setAttribute('role', 'img');
  sign.setAttribute('aria-label', stateText(state, l10n));
  const body = element('div', 'body');
  const line = element('p', 'found');
  line.append(element('strong', '', title), ' ', ...withCode(found));
  body.append(line);
  const isWrong = state !== 'good';
  if (isWrong && why !== undefined) body.append(row(l10n.t('Why it matters'), why));
  if (isWrong && fix !== undefined) body.append(row(l10n.t('What to do'), fix));
  if (mended !== undefined) body.append(row(l10n.t('Done just now'), mended));
  root.append(sign, body);
  return root;
}

function row(label: string, text: string): HTMLElement {
  const made = element('p', 'more');
  made.append(element('span', 'label', label), ' ', ...withCode(sentence(text)));
  return made;
}

/** What stands between backticks is to be typed. */
function withCode(text: string): readonly Node[] {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, index) =>
    index % 2 === 1 ? element('code', '', part) : document.createTextNode(part),
  );
}
