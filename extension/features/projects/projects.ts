// The Sandboxfiles of the workspace's folders. Nothing is read of them while the workspace is not trusted.

import { commands, EventEmitter, workspace } from 'vscode';
import type { Disposable, Event, Uri } from 'vscode';
import type { Engine } from '../../../server/engine/api.ts';
import { CONTEXT_KEYS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import { isHeld } from './live-state.ts';
import { ProjectFile } from './project-file.ts';

const PATTERN = '**/{Sandboxfile,Sandboxfile.*,*.sandboxfile}';
const EXCLUDED = '**/{node_modules,menv,.git}/**';
const MAX_FILES = 100;

export class Projects implements Disposable {
  readonly #openEngine: () => Promise<Engine>;
  readonly #files = new Map<string, ProjectFile>();
  readonly #changed = new EventEmitter<void>();
  readonly #disposables = new Disposables();
  #found: Promise<void> | undefined;
  #told: Thenable<unknown> = Promise.resolve();

  constructor(openEngine: () => Promise<Engine>) {
    this.#openEngine = openEngine;
    this.#disposables.add(this.#changed);
  }

  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  get all(): readonly ProjectFile[] {
    return [...this.#files.values()].sort((a, b) => (a.uri.path < b.uri.path ? -1 : 1));
  }

  /** Resolves when the page has heard of the last change. */
  get told(): Thenable<unknown> {
    return this.#told;
  }

  /** Resolves when the files of the workspace have been read. */
  ready(): Promise<void> {
    if (!workspace.isTrusted) return Promise.resolve();
    this.#found ??= this.#find();
    return this.#found;
  }

  get(uri: Uri): ProjectFile | undefined {
    return this.#files.get(uri.toString());
  }

  /** A Sandboxfile as records and reports name it. */
  at({ root, file }: { readonly root: string; readonly file: string }): ProjectFile | undefined {
    return this.all.find((each) => each.root === root && each.file === file);
  }

  dispose(): void {
    for (const file of this.#files.values()) file.dispose();
    this.#disposables.dispose();
  }

  async #find(): Promise<void> {
    const watcher = this.#disposables.add(workspace.createFileSystemWatcher(PATTERN));
    watcher.onDidCreate((uri) => void this.#add(uri));
    watcher.onDidChange((uri) => void this.get(uri)?.load());
    watcher.onDidDelete((uri) => void this.get(uri)?.load());
    // No file of a folder that is added or taken out is created or deleted by that.
    this.#disposables.add(workspace.onDidChangeWorkspaceFolders(() => void this.#search()));
    await this.#search();
  }

  async #search(): Promise<void> {
    for (const file of this.#files.values()) this.#forgetGone(file);
    const uris = await workspace.findFiles(PATTERN, EXCLUDED, MAX_FILES);
    const added = uris.filter((uri) => this.get(uri) === undefined);
    await Promise.all(added.map((uri) => this.#add(uri)));
    this.#tell();
  }

  async #add(uri: Uri): Promise<void> {
    if (uri.scheme !== 'file' || /\/(node_modules|menv|\.git)\//.test(uri.path)) return;
    const known = this.get(uri);
    if (known !== undefined) return known.load();
    if (this.#files.size >= MAX_FILES) return;
    const file = new ProjectFile(uri, this.#openEngine);
    this.#files.set(uri.toString(), file);
    file.onDidChange(() => {
      this.#forgetGone(file);
      this.#tell();
    });
    await file.load();
  }

  /** What still runs of a file that was deleted, or left the workspace, stays within reach until it has ended. */
  #forgetGone(file: ProjectFile): void {
    const isGone = file.isDeleted || workspace.getWorkspaceFolder(file.uri) === undefined;
    if (!isGone || file.namesUp.length > 0) return;
    this.#files.delete(file.uri.toString());
    file.dispose();
  }

  #tell(): void {
    const all = this.all;
    const someRunning = all.some(({ namesUp }) => namesUp.length > 0);
    const someHeld = all.some((file) => file.names.some((name) => isHeld(file.state(name))));
    this.#changed.fire();
    void commands.executeCommand('setContext', CONTEXT_KEYS.hasProject, all.length > 0);
    void commands.executeCommand('setContext', CONTEXT_KEYS.someHeld, someHeld);
    this.#told = commands.executeCommand('setContext', CONTEXT_KEYS.someRunning, someRunning);
  }
}
