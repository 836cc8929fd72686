// The tree as data: what there is to see of the workspace's sandboxes.

import type { Uri } from 'vscode';
import type { Fork, Snapshot } from '../../../server/engine/api.ts';
import { shownPorts } from '../ports/shown-port.ts';
import type { ShownPort } from '../ports/shown-port.ts';
import { answers } from '../projects/live-state.ts';
import type { ProjectFile } from '../projects/project-file.ts';

interface InSandbox {
  readonly file: ProjectFile;
  readonly sandbox: string;
}

export type Node =
  | { readonly kind: 'project'; readonly file: ProjectFile }
  | { readonly kind: 'problem'; readonly file: ProjectFile }
  | { readonly kind: 'build'; readonly file: ProjectFile; readonly build: string }
  | { readonly kind: 'group'; readonly file: ProjectFile; readonly group: string }
  | SandboxNode
  | (InSandbox & { readonly kind: 'script'; readonly script: string })
  | PortNode
  | (InSandbox & { readonly kind: 'volume'; readonly text: string; readonly readOnly: boolean })
  | (InSandbox & { readonly kind: 'snapshot'; readonly snapshot: Snapshot })
  | ForkNode
  | FileNode;

export type PortNode = InSandbox & { readonly kind: 'port'; readonly port: ShownPort };

export type SandboxNode = InSandbox & { readonly kind: 'sandbox' };

/** `parent`: of the fork, which is `sandbox`. */
export type ForkNode = InSandbox & {
  readonly kind: 'fork';
  readonly parent: SandboxNode;
  readonly at: Date;
};

/** A file or folder of a running sandbox; the first is the root. */
export type FileNode = InSandbox & {
  readonly kind: 'file';
  readonly uri: Uri;
  readonly isFolder: boolean;
  readonly parent: FileNode | SandboxNode;
};

/** One project needs no level of its own. */
export function roots(files: readonly ProjectFile[]): readonly Node[] {
  const [first, ...rest] = files;
  if (first !== undefined && rest.length === 0) return componentsOf(first);
  return files.map((file) => ({ kind: 'project', file }));
}

export function componentsOf(file: ProjectFile): readonly Node[] {
  const problem: readonly Node[] = file.failure === undefined ? [] : [{ kind: 'problem', file }];
  const model = file.project?.model;
  return [
    ...problem,
    ...[...file.sandboxNames, ...file.left].map((sandbox): Node => ({ kind: 'sandbox', file, sandbox })),
    ...[...(model?.builds.keys() ?? [])].map((build): Node => ({ kind: 'build', file, build })),
    ...[...(model?.groups.keys() ?? [])].map((group): Node => ({ kind: 'group', file, group })),
  ];
}

/** What of a sandbox is not in its file. */
export interface Kept {
  readonly snapshots: readonly Snapshot[];
  readonly forks: readonly Fork[];
}

export function partsOf(node: SandboxNode, kept: Kept, root: (node: SandboxNode) => Uri): readonly Node[] {
  const { file, sandbox } = node;
  const definition = file.project?.model.sandboxes.get(sandbox);
  if (definition === undefined) return [];
  const at = { file, sandbox };
  const scripts = [...definition.scripts.keys()].map((script): Node => ({ kind: 'script', ...at, script }));
  const isReachable = answers(file.state(sandbox));
  const ports = shownPorts(definition.ports, isReachable ? file.ports(sandbox) : []);
  const volumes = definition.volumes.map(({ host, guest, readOnly }): Node => {
    return { kind: 'volume', ...at, text: `${host} → ${guest}`, readOnly };
  });
  const files: readonly Node[] = isReachable
    ? [{ kind: 'file', ...at, uri: root(node), isFolder: true, parent: node }]
    : [];
  const snapshots = kept.snapshots.map((snapshot): Node => ({ kind: 'snapshot', ...at, snapshot }));
  const forks = kept.forks
    .filter(({ parent }) => parent === sandbox)
    .map((fork): Node => ({ kind: 'fork', file, sandbox: fork.name, parent: node, at: fork.at }));
  const portNodes = ports.map((port): Node => ({ kind: 'port', ...at, port }));
  return [...scripts, ...portNodes, ...volumes, ...snapshots, ...forks, ...files];
}
