// What this machine can do for sandboxes, as a page.

import { env, l10n, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import type { DoctorOptions } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { PANELS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import { showFailure } from '../../host/failures.ts';
import { fillPanel } from '../../host/panel.ts';
import { withProgress } from '../../host/progress.ts';
import { findings } from './findings.ts';
import type { Report, Request } from './messages.ts';
import { report } from './report.ts';

type Look = Pick<DoctorOptions, 'fix' | 'probe'>;

let open: { readonly panel: WebviewPanel; readonly examination: Examination } | undefined;

/** Looks once more, also where the page is open. */
export async function doctor(container: Container): Promise<void> {
  if (open === undefined) {
    const title = l10n.t('Sandboxfile Doctor');
    restoreDoctor(container, window.createWebviewPanel(PANELS.doctor, title, ViewColumn.Active));
    return;
  }
  open.panel.reveal();
  await open.examination.look({});
}

/** Into a panel that is new, or that the editor has brought back after a reload. */
export function restoreDoctor(container: Container, panel: WebviewPanel): void {
  open?.panel.dispose();
  const examination = new Examination(container, panel);
  const disposables = new Disposables();
  disposables.add(examination);
  disposables.add(panel.webview.onDidReceiveMessage((request: Request) => examination.do(request)));
  const opened = { panel, examination };
  open = opened;
  panel.onDidDispose(() => {
    if (open === opened) open = undefined;
    disposables.dispose();
  });
  fillPanel(panel, 'doctor', container.context.extensionUri);
  void examination.look({});
}

/** One look at a time; the page shows the last, and that there is another. */
class Examination {
  readonly #container: Container;
  readonly #panel: WebviewPanel;
  readonly #closing = new AbortController();
  #report: Report = { isLooking: false };

  constructor(container: Container, panel: WebviewPanel) {
    this.#container = container;
    this.#panel = panel;
  }

  do(request: Request): void {
    if (request === 'ready') this.#show(this.#report);
    else if (request === 'copy') void env.clipboard.writeText(report(this.#report.findings ?? [], l10n));
    else void this.look({ fix: request === 'fix', probe: request === 'probe' });
  }

  /** Never rejects: what went wrong is shown. */
  async look(what: Look): Promise<void> {
    if (this.#report.isLooking) return;
    this.#show({ ...this.#report, isLooking: true });
    const outcome = await withProgress(l10n.t('Looking at this machine'), ({ signal }) => {
      return findings(this.#container, { ...what, signal: AbortSignal.any([signal, this.#closing.signal]) });
    });
    if (this.#closing.signal.aborted) return;
    const found = outcome.kind === 'done' ? { findings: outcome.value } : {};
    this.#show({ ...this.#report, ...found, isLooking: false });
    if (outcome.kind === 'failed') void showFailure(this.#container.log, outcome.error);
  }

  dispose(): void {
    this.#closing.abort();
  }

  #show(now: Report): void {
    this.#report = now;
    void this.#panel.webview.postMessage(now);
  }
}
