// How each node looks. `contextValue` is what the menus of the manifest ask for.

import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { messageOf } from '../../host/failures.ts';
import { isUp } from '../projects/live-state.ts';
import { stateIcon, stateText } from '../projects/state-text.ts';
import { age } from './age.ts';
import { childrenOf } from './nodes.ts';
import type { Node } from './nodes.ts';

export function itemOf(node: Node, now: Date): TreeItem {
  switch (node.kind) {
    case 'project':
      return plain(node.file.label, 'project', new ThemeIcon('file-code'), TreeItemCollapsibleState.Expanded);
    case 'problem':
      return problemItem(node);
    case 'sandbox':
      return sandboxItem(node, now);
    case 'script': {
      const item = plain(node.script, 'script', new ThemeIcon('play'));
      item.tooltip = node.file.project?.model.sandboxes.get(node.sandbox)?.scripts.get(node.script) ?? '';
      return item;
    }
    case 'port':
      return plain(node.port, 'port', new ThemeIcon('plug'));
    case 'volume':
      return plain(node.volume, 'volume', new ThemeIcon('folder'));
  }
}

function sandboxItem(node: Node & { kind: 'sandbox' }, now: Date): TreeItem {
  const { file, sandbox } = node;
  const state = file.state(sandbox);
  const hasChildren = childrenOf(node).length > 0;
  const folding = hasChildren ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
  const item = plain(sandbox, isUp(state) ? 'sandbox.up' : 'sandbox.down', stateIcon(state), folding);
  item.id = `${file.uri.toString()}#${sandbox}`;
  item.description =
    state.kind === 'running' ? `${stateText(state)} ${age(state.since, now)}`.trimEnd() : stateText(state);
  const image = file.project?.model.sandboxes.get(sandbox)?.image?.text ?? '';
  const detail = state.kind === 'failed' ? `${state.message}\n\n` : '';
  item.tooltip = new MarkdownString().appendText(`${sandbox}: ${stateText(state)}\n${detail}${image}`);
  item.accessibilityInformation = { label: l10n.t('Sandbox {0}, {1}', sandbox, stateText(state)) };
  return item;
}

function problemItem({ file }: Node & { kind: 'problem' }): TreeItem {
  const item = plain(l10n.t('The Sandboxfile cannot be used'), 'problem', new ThemeIcon('warning'));
  const message = messageOf(file.failure);
  item.description = message.split('\n')[0] ?? '';
  item.tooltip = message;
  item.command = { command: 'vscode.open', title: l10n.t('Open'), arguments: [file.uri] };
  return item;
}

function plain(
  label: string,
  contextValue: string,
  icon: ThemeIcon,
  folding = TreeItemCollapsibleState.None,
): TreeItem {
  const item = new TreeItem(label, folding);
  item.contextValue = contextValue;
  item.iconPath = icon;
  return item;
}
