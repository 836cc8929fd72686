// The dashboard's panel: sampled at most once a second, and not at all while it is hidden.

import { l10n, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import { PANELS } from '../../contributions.ts';
import type { Container } from '../../container.ts';
import { Disposables } from '../../host/disposables.ts';
import { fillPanel } from '../../host/panel.ts';
import { hintOf } from '../run/target.ts';
import { idOf, Sampler } from './sampler.ts';

const INTERVAL_MS = 1000;

let open: { readonly panel: WebviewPanel; readonly feed: Feed } | undefined;

/** Shows all of the workspace's sandboxes, and of them the one that is asked for. */
export async function showDashboard(container: Container, argument: unknown): Promise<void> {
  await container.projects.ready();
  if (open === undefined) {
    const title = l10n.t('Sandbox Dashboard');
    restoreDashboard(container, window.createWebviewPanel(PANELS.dashboard, title, ViewColumn.Active));
  } else open.panel.reveal();
  const { uri, sandbox } = hintOf(argument);
  if (uri !== undefined && sandbox !== undefined) open?.feed.point(idOf(uri, sandbox));
}

/** Into a panel that is new, or that the editor has brought back after a reload. */
export function restoreDashboard({ context, projects }: Container, panel: WebviewPanel): void {
  open?.panel.dispose();
  const disposables = new Disposables();
  const feed = new Feed(panel, new Sampler(projects));
  disposables.add(feed);
  disposables.add(panel.onDidChangeViewState(() => feed.shownOrHidden()));
  disposables.add(panel.webview.onDidReceiveMessage(() => feed.ready()));
  disposables.add(projects.onDidChange(() => feed.hurry()));
  open = { panel, feed };
  panel.onDidDispose(() => {
    open = undefined;
    disposables.dispose();
  });
  fillPanel(panel, 'dashboard', context.extensionUri);
}

/** One sample at a time; the next a second after the last, or at once when a state has changed. */
class Feed {
  readonly #panel: WebviewPanel;
  readonly #sampler: Sampler;
  #timer: NodeJS.Timeout | undefined;
  #pointed: string | undefined;
  #isReady = false;
  #busy = false;
  #disposed = false;

  constructor(panel: WebviewPanel, sampler: Sampler) {
    this.#panel = panel;
    this.#sampler = sampler;
  }

  /** The page listens. */
  ready(): void {
    this.#isReady = true;
    this.shownOrHidden();
  }

  shownOrHidden(): void {
    clearTimeout(this.#timer);
    if (this.#panel.visible) void this.#send();
  }

  hurry(): void {
    if (this.#panel.visible) void this.#send();
  }

  /** The page goes to this sandbox. */
  point(id: string): void {
    this.#pointed = id;
    this.hurry();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  async #send(): Promise<void> {
    if (this.#busy || this.#disposed) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    const snapshot = await this.#sampler.snapshot();
    this.#busy = false;
    if (this.#gone() || !this.#panel.visible) return;
    const pointed = this.#isReady ? this.#pointed : undefined;
    if (pointed !== undefined) this.#pointed = undefined;
    void this.#panel.webview.postMessage(pointed === undefined ? snapshot : { ...snapshot, pointed });
    this.#timer = setTimeout(() => void this.#send(), INTERVAL_MS);
  }

  #gone(): boolean {
    return this.#disposed;
  }
}
