// The doctor's page: what was found, what is wrong first, and what can be done from here.

import { element } from '../../../host/page/elements.ts';
import { l10n } from '../../../host/page/l10n.ts';
import '../../../host/page/page.css';
import type { Report, Request } from '../messages.ts';
import { sectionsOf } from '../sections.ts';
import './doctor.css';
import { findingElement } from './finding.ts';

declare function acquireVsCodeApi(): { postMessage(request: Request): void };

const editor = acquireVsCodeApi();
const heading = element('h1', '', l10n.t('Sandboxfile Doctor'));
const verdict = element('p', 'verdict');
// Read out when it changes.
verdict.setAttribute('role', 'status');
const actions = element('div', 'actions');
const sections = element('div');
const again = button(l10n.t('Look Again'), 'again');
const buttons = [
  again,
  button(l10n.t('Fix What Is Safe'), 'fix'),
  button(l10n.t('Try the Hardware Again'), 'probe'),
  button(l10n.t('Copy as Markdown'), 'copy'),
];
actions.append(...buttons);
document.getElementById('main')?.append(heading, verdict, actions, sections);

window.addEventListener('message', ({ data }: MessageEvent<Report>) => show(data));
editor.postMessage('ready');

function button(text: string, request: Request): HTMLButtonElement {
  const made = element('button', request === 'again' ? '' : 'secondary', text);
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') editor.postMessage(request);
  });
  return made;
}

function show({ findings, isLooking }: Report): void {
  // Not `disabled`, which would take the focus away from who presses it by keys.
  for (const each of buttons) each.setAttribute('aria-disabled', String(isLooking || findings === undefined));
  if (findings === undefined && !isLooking) again.setAttribute('aria-disabled', 'false');
  verdict.textContent = isLooking ? l10n.t('Looking at this machine…') : verdictOf(findings);
  if (isLooking || findings === undefined) return;
  sections.replaceChildren(
    ...sectionsOf(findings, l10n).map(({ heading: title, findings: among }) => {
      const section = element('section');
      section.append(element('h2', '', title), ...among.map(findingElement));
      section.setAttribute('aria-label', title);
      return section;
    }),
  );
}

function verdictOf(findings: Report['findings']): string {
  if (findings === undefined) return '';
  const bad = findings.filter(({ state }) => state === 'bad').length;
  const limited = findings.filter(({ state }) => state === 'limited').length;
  if (bad > 0)
    return l10n.t('Sandboxes cannot run here yet: {0} of {1} checks failed.', bad, findings.length);
  if (limited === 0) return l10n.t('Sandboxes can run here.');
  return l10n.t('Sandboxes can run here; {0} of {1} could be better.', limited, findings.length);
}
