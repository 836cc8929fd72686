import { Disposable, l10n, MarkdownString, StatusBarAlignment, window, workspace } from 'vscode';
import type { StatusBarItem } from 'vscode';
import { withoutIcons } from '../../host/plain-text.ts';
import { setting } from '../../host/settings.ts';
import { VIEWS } from '../../contributions.ts';
import { isUp } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';
import type { Projects } from '../projects/projects.ts';
import { stateText } from '../projects/state-text.ts';

/** What of the workspace runs, in the status bar; a click opens the view. */
export class StatusItem implements Disposable {
  readonly #item: StatusBarItem;
  readonly #projects: Projects;
  readonly #listening: Disposable;

  constructor(projects: Projects) {
    this.#projects = projects;
    this.#item = window.createStatusBarItem('sandboxes', StatusBarAlignment.Left);
    this.#item.name = l10n.t('Sandboxes');
    this.#item.command = `${VIEWS.sandboxes}.focus`;
    this.#listening = Disposable.from(
      projects.onDidChange(() => this.#show()),
      workspace.onDidChangeConfiguration(() => this.#show()),
    );
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const all = this.#projects.all.flatMap((file) =>
      file.names.map((name) => ({ name, state: file.state(name) })),
    );
    if (all.length === 0 || !setting('statusBar')) {
      this.#item.hide();
      return;
    }
    const up = all.filter(({ state }) => isUp(state));
    const failed = all.filter(({ state }) => state.kind === 'failed');
    const [only] = up.length === 1 ? up : [];
    const [shown] = up.length === 0 && failed.length === 1 ? failed : [only];
    const words = shown === undefined ? [summary(up.length, failed.length)] : [withoutIcons(shown.name)];
    if (shown !== undefined && shown.state.kind !== 'running') words.push(stateText(shown.state));
    this.#item.text = `${icon(up, failed.length)} ${words.join(' ')}`;
    const lines = all.map(({ name, state }) => `${name}: ${stateText(state)}`);
    this.#item.tooltip = new MarkdownString().appendText(lines.join('\n'));
    this.#item.accessibilityInformation = {
      label: l10n.t('{0} sandboxes running, {1} failed', up.length, failed.length),
    };
    this.#item.show();
  }
}

function summary(up: number, failed: number): string {
  if (up > 0) return l10n.t('{0} sandboxes', up);
  return failed > 0 ? l10n.t('{0} sandboxes failed', failed) : l10n.t('No sandbox running');
}

function icon(up: readonly { readonly state: LiveState }[], failed: number): string {
  if (up.some(({ state: { kind } }) => kind === 'starting' || kind === 'stopping')) return '$(loading~spin)';
  if (up.length > 0 && up.every(({ state }) => state.kind === 'paused')) return '$(debug-pause)';
  if (up.length > 0) return '$(vm-running)';
  return failed > 0 ? '$(error)' : '$(vm-outline)';
}
