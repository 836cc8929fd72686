// The dashboard's page. Elements are made once a sandbox and then only change: focus and selection stay.

import type { SandboxSnapshot, Snapshot } from '../messages.ts';
import '../../../host/page/page.css';
import './dashboard.css';
import { Card } from './card.ts';
import { element } from '../../../host/page/elements.ts';
import { l10n } from '../../../host/page/l10n.ts';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const main = document.getElementById('main') ?? document.body;
const nothing = element('p', 'nothing', l10n.t('This workspace has no sandboxes.'));
const cards = new Map<string, Card>();

window.addEventListener('message', ({ data }: MessageEvent<Snapshot>) => {
  show(data.sandboxes);
  if (data.pointed !== undefined) cards.get(data.pointed)?.point();
});
acquireVsCodeApi().postMessage('ready');

function show(sandboxes: readonly SandboxSnapshot[]): void {
  for (const [id, card] of cards) {
    if (sandboxes.some((each) => each.id === id)) continue;
    card.root.remove();
    cards.delete(id);
  }
  for (const sandbox of sandboxes) {
    let card = cards.get(sandbox.id);
    if (card === undefined) {
      card = new Card(sandbox.name);
      cards.set(sandbox.id, card);
      main.append(card.root);
    }
    card.update(sandbox);
  }
  if (sandboxes.length === 0) main.replaceChildren(nothing);
  else nothing.remove();
}
