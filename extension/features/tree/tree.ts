import { EventEmitter, FileType, l10n, Uri, window, workspace } from 'vscode';
import type { TreeDataProvider, TreeView } from 'vscode';
import { VIEWS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import { sentences } from '../../host/failures.ts';
import { fileUri } from '../files/register.ts';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';
import { itemOf } from './item.ts';
import { componentsOf, partsOf, roots } from './nodes.ts';
import type { FileNode, Node, SandboxNode } from './nodes.ts';
import { Rows } from './rows.ts';

/** Ages are in minutes. */
const AGE_MS = 60_000;

/** The view of the workspace's sandboxes: driven by events, and idle while it is hidden. */
export class SandboxTree implements Disposable {
  readonly #projects: Projects;
  readonly #disposables = new Disposables();
  readonly #changed: EventEmitter<Node[] | undefined>;
  readonly #rows = new Rows();
  readonly #view: TreeView<Node>;
  #timer: NodeJS.Timeout | undefined;

  constructor(projects: Projects) {
    this.#projects = projects;
    this.#changed = this.#disposables.add(new EventEmitter<Node[] | undefined>());
    const treeDataProvider: TreeDataProvider<Node> = {
      onDidChangeTreeData: this.#changed.event,
      getTreeItem: (node) => itemOf(node, new Date()),
      getChildren: async (node) => [...this.#rows.keep(await this.#children(node))],
      getParent: (node) => this.#parent(node),
    };
    this.#view = this.#disposables.add(
      window.createTreeView(VIEWS.sandboxes, { treeDataProvider, showCollapseAll: true }),
    );
    this.#disposables.add(
      projects.onDidChange(() => {
        this.#count();
        this.#refresh();
      }),
    );
    this.#disposables.add(this.#view.onDidChangeVisibility(() => this.#shownOrHidden()));
    this.#disposables.add({ dispose: () => clearInterval(this.#timer) });
    this.#shownOrHidden();
  }

  /** Opens the files of a running sandbox. */
  async revealFiles(target: Target): Promise<void> {
    const parent: SandboxNode = { kind: 'sandbox', file: target.file, sandbox: target.sandbox };
    await this.#view.reveal(this.#rootOf(parent), { expand: true, focus: true });
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #refresh(): void {
    if (!this.#view.visible) return;
    this.#describe();
    const changed = this.#rows.changed(this.#projects.all);
    if (changed === undefined) this.refresh();
    else if (changed.length > 0) this.#changed.fire([...changed]);
  }

  /** On the view's icon, which is there while the view is hidden too. */
  #count(): void {
    const up = this.#up();
    const tooltip = up === 1 ? l10n.t('1 sandbox running') : l10n.t('{0} sandboxes running', up);
    if (this.#view.badge?.value === up) return;
    this.#view.badge = up === 0 ? undefined : { value: up, tooltip };
  }

  #up(): number {
    return this.#projects.all.reduce((sum, { namesUp }) => sum + namesUp.length, 0);
  }

  /** What is true of all of them. */
  #describe(): void {
    const { all } = this.#projects;
    const up = this.#up();
    this.#view.description = this.#summary(up);
    const unable = all
      .flatMap((file) => file.sandboxNames.map((name) => file.state(name)))
      .find((state) => state.kind === 'failed' && state.code === 'VMM_MISSING');
    // What runs shows that it can.
    const isUnable = up === 0 && unable?.kind === 'failed';
    this.#view.message = isUnable ? l10n.t('This machine cannot run sandboxes: {0}', sentences(unable)) : '';
  }

  #summary(up: number): string {
    const { all } = this.#projects;
    const paused = all.flatMap((file) => file.namesUp.filter((name) => file.state(name).kind === 'paused'));
    if (up === 0) return l10n.t('nothing running');
    if (paused.length === 0) return l10n.t('{0} running', up);
    return l10n.t('{0} running, {1} paused', up - paused.length, paused.length);
  }

  #shownOrHidden(): void {
    clearInterval(this.#timer);
    if (!this.#view.visible) return;
    this.#timer = setInterval(() => this.refresh(), AGE_MS);
    this.#describe();
    this.refresh();
  }

  async #children(node: Node | undefined): Promise<readonly Node[]> {
    if (node === undefined) {
      await this.#projects.ready();
      return roots(this.#projects.all);
    }
    if (node.kind === 'project') return componentsOf(node.file);
    if (node.kind === 'sandbox') return this.#parts(node);
    return node.kind === 'file' && node.isFolder ? entriesOf(node) : [];
  }

  async #parts(node: SandboxNode): Promise<readonly Node[]> {
    const { project } = node.file;
    // What cannot be read is said by the commands that need it.
    const [snapshots = [], forks = []] = await Promise.all([
      project?.snapshots(node.sandbox).catch(() => []),
      project?.forks().catch(() => []),
    ]);
    return partsOf(node, { snapshots, forks }, (sandbox) => this.#rootOf(sandbox).uri);
  }

  #parent(node: Node): Node | undefined {
    if (node.kind === 'project') return undefined;
    if (node.kind === 'file' || node.kind === 'fork') return node.parent;
    if ('sandbox' in node && node.kind !== 'sandbox') {
      return { kind: 'sandbox', file: node.file, sandbox: node.sandbox };
    }
    return this.#projects.all.length > 1 ? { kind: 'project', file: node.file } : undefined;
  }

  #rootOf(parent: SandboxNode): FileNode {
    const { file, sandbox } = parent;
    return { kind: 'file', file, sandbox, uri: fileUri(parent, '/'), isFolder: true, parent };
  }
}

/** Folders first, as everywhere in the editor. */
async function entriesOf(parent: FileNode): Promise<readonly Node[]> {
  const { file, sandbox, uri } = parent;
  const entries = await workspace.fs.readDirectory(uri);
  const nodes = entries.map(([name, type]): FileNode => {
    const isFolder = (type & FileType.Directory) !== 0;
    return { kind: 'file', file, sandbox, uri: Uri.joinPath(uri, name), isFolder, parent };
  });
  return nodes.sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.uri.path < b.uri.path ? -1 : 1));
}
