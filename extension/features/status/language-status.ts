// What the engine makes of the Sandboxfile in the editor, beside its language: whether it can be used, and
// what of it runs.

import { Disposable, l10n, languages, LanguageStatusSeverity, window } from 'vscode';
import type { LanguageStatusItem } from 'vscode';
import { COMMANDS, LANGUAGE, VIEWS } from '../../contributions.ts';
import { messageOf } from '../../host/failures.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';

export class LanguageStatus implements Disposable {
  readonly #item: LanguageStatusItem;
  readonly #projects: Projects;
  readonly #listening: Disposable;

  constructor(projects: Projects) {
    this.#projects = projects;
    this.#item = languages.createLanguageStatusItem('sandboxfile.file', { language: LANGUAGE });
    this.#item.name = l10n.t('Sandboxfile');
    this.#listening = Disposable.from(
      projects.onDidChange(() => this.#show()),
      window.onDidChangeActiveTextEditor(() => this.#show()),
    );
    this.#show();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const uri = window.activeTextEditor?.document.uri;
    const file = uri === undefined ? undefined : this.#projects.get(uri);
    const item = this.#item;
    item.severity = LanguageStatusSeverity.Information;
    if (file === undefined) {
      item.text = l10n.t('Not a Sandboxfile of this workspace');
      item.detail = '';
      item.command = undefined;
    } else if (file.failure === undefined) this.#showState(file);
    else this.#showFailure(file, file.failure);
  }

  #showState({ sandboxNames, namesUp }: ProjectFile): void {
    const count = sandboxNames.length;
    this.#item.text = count === 1 ? l10n.t('1 sandbox') : l10n.t('{0} sandboxes', count);
    this.#item.detail =
      namesUp.length === 0 ? l10n.t('nothing running') : l10n.t('{0} running', namesUp.length);
    this.#item.command = { command: `${VIEWS.sandboxes}.focus`, title: l10n.t('Show') };
  }

  #showFailure({ uri }: ProjectFile, failure: Error): void {
    this.#item.severity = LanguageStatusSeverity.Error;
    this.#item.text = l10n.t('Cannot be used');
    this.#item.detail = messageOf(failure);
    const command = { command: COMMANDS.openFile, title: l10n.t('Show the First Error'), arguments: [uri] };
    this.#item.command = command;
  }
}
