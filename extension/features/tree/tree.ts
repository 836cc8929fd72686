import { EventEmitter, window } from 'vscode';
import type { TreeDataProvider } from 'vscode';
import { VIEWS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Projects } from '../projects/projects.ts';
import { itemOf } from './item.ts';
import { childrenOf, roots } from './nodes.ts';
import type { Node } from './nodes.ts';

/** Ages are in minutes. */
const AGE_MS = 60_000;

/** The view of the workspace's sandboxes: driven by events, and idle while it is hidden. */
export function registerTree(projects: Projects): Disposable {
  const disposables = new Disposables();
  const changed = disposables.add(new EventEmitter<undefined>());
  const provider: TreeDataProvider<Node> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: (node) => itemOf(node, new Date()),
    getChildren: async (node) => {
      if (node !== undefined) return [...childrenOf(node)];
      await projects.ready();
      return [...roots(projects.all)];
    },
  };
  const view = disposables.add(window.createTreeView(VIEWS.sandboxes, { treeDataProvider: provider }));
  const refresh = (): void => {
    if (view.visible) changed.fire(undefined);
  };
  let timer: NodeJS.Timeout | undefined;
  const keepAges = (): void => {
    clearInterval(timer);
    timer = view.visible ? setInterval(refresh, AGE_MS) : undefined;
  };
  disposables.add(projects.onDidChange(refresh));
  disposables.add(
    view.onDidChangeVisibility(() => {
      refresh();
      keepAges();
    }),
  );
  disposables.add({ dispose: () => clearInterval(timer) });
  keepAges();
  return disposables;
}
