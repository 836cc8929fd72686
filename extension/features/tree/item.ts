// How each node looks. `contextValue` is what the menus of the manifest ask for.

import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { messageOf, sentences } from '../../host/failures.ts';
import { firstErrorIn } from '../projects/first-error.ts';
import type { FirstError } from '../projects/first-error.ts';
import { answers, isHeld, isUp } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';
import { portText } from '../ports/shown-port.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import { stateIcon, stateText } from '../projects/state-text.ts';
import { snapshotText } from '../snapshots/snapshot-text.ts';
import { age } from './age.ts';
import type { FileNode, ForkNode, Node, PortNode, SandboxNode } from './nodes.ts';

export function itemOf(node: Node, now: Date): TreeItem {
  switch (node.kind) {
    case 'project':
      return plain(node.file.label, 'project', 'file-code', TreeItemCollapsibleState.Expanded);
    case 'problem':
      return problemItem(node);
    case 'build':
      return opening(described(plain(node.build, 'build', 'package'), l10n.t('build')), node);
    case 'group':
      return opening(described(plain(node.group, 'group', 'group-by-ref-type'), l10n.t('group')), node);
    case 'sandbox':
      return sandboxItem(node, now);
    case 'script': {
      const item = described(plain(node.script, 'script', 'play'), l10n.t('script'));
      item.tooltip = node.file.project?.model.sandboxes.get(node.sandbox)?.scripts.get(node.script) ?? '';
      return item;
    }
    case 'port':
      return portItem(node);
    case 'volume': {
      const description = node.readOnly ? l10n.t('volume, read-only') : l10n.t('volume');
      return described(plain(node.text, 'volume', 'folder-library'), description);
    }
    case 'snapshot': {
      const { snapshot } = node;
      const icon = snapshot.diskOnly ? 'database' : 'history';
      const item = described(plain(snapshot.name, 'snapshot', icon), snapshotText(snapshot, now));
      item.tooltip = [l10n.t('Snapshot of {0}', snapshot.at.toLocaleString()), snapshot.description]
        .join('\n')
        .trim();
      return item;
    }
    case 'fork':
      return forkItem(node, now);
    case 'file':
      return fileItem(node);
  }
}

function sandboxItem({ file, sandbox }: SandboxNode, now: Date): TreeItem {
  const state = file.state(sandbox);
  const item = plain(sandbox, `sandbox.${contextOf(state)}`, 'vm', TreeItemCollapsibleState.Collapsed);
  item.id = `${file.uri.toString()}#${sandbox}`;
  item.iconPath = stateIcon(state);
  const since = state.kind === 'running' ? age(state.since, now, l10n) : '';
  item.description = `${stateText(state)} ${since}`.trimEnd();
  const image = file.project?.model.sandboxes.get(sandbox)?.image?.text ?? '';
  item.tooltip = new MarkdownString().appendText(`${sandbox}: ${stateText(state)}${moreOf(state)}\n${image}`);
  item.accessibilityInformation = { label: l10n.t('Sandbox {0}, {1}', sandbox, stateText(state)) };
  return item;
}

function forkItem({ file, sandbox, parent, at }: ForkNode, now: Date): TreeItem {
  const state = file.state(sandbox);
  const item = plain(sandbox, `fork.${contextOf(state)}`, 'repo-forked');
  item.iconPath = stateIcon(state);
  const origin = l10n.t('fork of {0}', parent.sandbox);
  item.description = `${stateText(state)}, ${origin} ${age(at, now, l10n)}`.trimEnd();
  item.tooltip = new MarkdownString().appendText(
    `${sandbox}: ${stateText(state)}${moreOf(state)}\n${origin}`,
  );
  item.accessibilityInformation = { label: l10n.t('Sandbox {0}, {1}', sandbox, item.description) };
  return item;
}

function portItem({ port }: PortNode): TreeItem {
  const { published, protocol } = port;
  // A browser speaks no UDP.
  const context = published !== undefined && protocol === 'tcp' ? 'port.open' : 'port';
  const wished = published?.wished;
  const description = wished === undefined ? l10n.t('port') : l10n.t('port, {0} is taken', wished);
  return described(plain(portText(port), context, 'plug'), description);
}

/** `busy`: on its way up or down. */
function contextOf(state: LiveState): 'running' | 'held' | 'busy' | 'down' {
  if (isHeld(state)) return 'held';
  if (answers(state)) return 'running';
  return isUp(state) ? 'busy' : 'down';
}

/** What a state means, on lines of its own. */
function moreOf(state: LiveState): string {
  if (state.kind === 'failed') return `\n${sentences(state)}`;
  return state.kind === 'saved' ? `\n${l10n.t('It goes on where it was when it is run.')}` : '';
}

function fileItem({ uri, isFolder, parent }: FileNode): TreeItem {
  const isRoot = parent.kind === 'sandbox';
  const folding = isFolder ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
  const item = new TreeItem(uri, folding);
  item.id = uri.toString();
  item.contextValue = isFolder ? 'folder' : 'file';
  item.iconPath = isRoot ? new ThemeIcon('files') : isFolder ? ThemeIcon.Folder : ThemeIcon.File;
  if (isRoot) item.label = l10n.t('Files');
  if (!isFolder) item.command = { command: 'vscode.open', title: l10n.t('Open'), arguments: [uri] };
  return item;
}

function problemItem({ file }: Node & { kind: 'problem' }): TreeItem {
  const message = messageOf(file.failure);
  const error = firstErrorIn(message);
  const label = error === undefined ? problemLabel(file) : errorLabel(file, error);
  const text = error === undefined ? message.split('\n', 1).join() : error.text;
  const item = described(plain(label, 'problem', 'warning'), text);
  item.tooltip = message;
  if (!file.isDeleted) {
    item.command = { command: COMMANDS.openFile, title: l10n.t('Open Sandboxfile'), arguments: [file.uri] };
  }
  return item;
}

function problemLabel({ isDeleted }: ProjectFile): string {
  return isDeleted ? l10n.t('The Sandboxfile was deleted') : l10n.t('The Sandboxfile cannot be used');
}

function errorLabel({ file }: ProjectFile, error: FirstError): string {
  if (error.file === file) return l10n.t('Error in line {0}', error.line);
  return l10n.t('Error in {0}, line {1}', error.file, error.line);
}

function plain(
  label: string,
  contextValue: string,
  icon: string,
  folding = TreeItemCollapsibleState.None,
): TreeItem {
  const item = new TreeItem(label, folding);
  item.contextValue = contextValue;
  item.iconPath = new ThemeIcon(icon);
  return item;
}

/** A click leads to its place in the Sandboxfile. */
function opening(item: TreeItem, node: Node): TreeItem {
  item.command = { command: COMMANDS.openFile, title: l10n.t('Open Sandboxfile'), arguments: [node] };
  return item;
}

function described(item: TreeItem, description: string): TreeItem {
  item.description = description;
  return item;
}
