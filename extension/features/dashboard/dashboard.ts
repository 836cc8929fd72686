// The dashboard's panel: sampled at most once a second, and not at all while it is hidden.

import { l10n, ViewColumn, window } from 'vscode';
import type { WebviewPanel } from 'vscode';
import { PANELS } from '../../contributions.ts';
import type { Container } from '../../container.ts';
import { Disposables } from '../../host/disposables.ts';
import { fillPanel } from '../../host/panel.ts';
import { hintOf } from '../run/target.ts';
import { Feed } from './feed.ts';
import type { Snapshot } from './messages.ts';
import { idOf, Sampler } from './sampler.ts';

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
  const page = {
    isVisible: () => panel.visible,
    show: (snapshot: Snapshot) => void panel.webview.postMessage(snapshot),
  };
  const feed = new Feed(page, new Sampler(projects));
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
