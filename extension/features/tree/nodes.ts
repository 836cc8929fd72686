// The tree as data: what there is to see of the workspace's sandboxes.

import type { ProjectFile } from '../projects/project-file.ts';

export type Node =
  | { readonly kind: 'project'; readonly file: ProjectFile }
  | { readonly kind: 'problem'; readonly file: ProjectFile }
  | { readonly kind: 'sandbox'; readonly file: ProjectFile; readonly sandbox: string }
  | { readonly kind: 'script'; readonly file: ProjectFile; readonly sandbox: string; readonly script: string }
  | { readonly kind: 'port'; readonly file: ProjectFile; readonly sandbox: string; readonly port: string }
  | {
      readonly kind: 'volume';
      readonly file: ProjectFile;
      readonly sandbox: string;
      readonly volume: string;
    };

/** One project needs no level of its own. */
export function roots(files: readonly ProjectFile[]): readonly Node[] {
  const [first, ...rest] = files;
  if (first !== undefined && rest.length === 0) return childrenOf({ kind: 'project', file: first });
  return files.map((file) => ({ kind: 'project', file }));
}

export function childrenOf(node: Node): readonly Node[] {
  if (node.kind === 'project') {
    const { file } = node;
    const problem: readonly Node[] = file.failure === undefined ? [] : [{ kind: 'problem', file }];
    return [...problem, ...file.sandboxNames.map((sandbox): Node => ({ kind: 'sandbox', file, sandbox }))];
  }
  if (node.kind !== 'sandbox') return [];
  const { file, sandbox } = node;
  const definition = file.project?.model.sandboxes.get(sandbox);
  if (definition === undefined) return [];
  return [
    ...[...definition.scripts.keys()].map((script): Node => ({ kind: 'script', file, sandbox, script })),
    ...definition.ports.map(({ host, guest, protocol }): Node => {
      return { kind: 'port', file, sandbox, port: `${host} → ${guest}${protocol === 'udp' ? '/udp' : ''}` };
    }),
    ...definition.volumes.map(({ host, guest, readOnly }): Node => {
      return { kind: 'volume', file, sandbox, volume: `${host} → ${guest}${readOnly ? ' (ro)' : ''}` };
    }),
  ];
}
