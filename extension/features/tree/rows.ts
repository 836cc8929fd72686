// Rows that stay the same ones while their states change. The editor forgets a row that is read anew, and what is
// under it, until it has asked for it again: a menu that was opened on it is about nothing then. So only what has
// changed is read anew.

import type { LiveState } from '../projects/live-state.ts';
import type { PublishedPort } from '../../../server/engine/api.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { ForkNode, Node, SandboxNode } from './nodes.ts';

export type Row = SandboxNode | ForkNode;

interface Kept {
  readonly row: Row;
  /** As they were last drawn. */
  state: LiveState;
  ports: readonly PublishedPort[];
}

export class Rows {
  readonly #kept = new Map<string, Kept>();
  #shape: readonly unknown[] = [];

  /** The nodes, with each row as it was handed out before. */
  keep(nodes: readonly Node[]): readonly Node[] {
    return nodes.map((node) => (isRow(node) ? this.#keep(node) : node));
  }

  /** What has to be read anew since the last call; undefined: everything. */
  changed(files: readonly ProjectFile[]): readonly Row[] | undefined {
    const shape = files.flatMap((file) => [file, file.project, file.failure, ...file.names, ...file.left]);
    const isSame = shape.length === this.#shape.length && shape.every((part, at) => part === this.#shape[at]);
    this.#shape = shape;
    if (!isSame) {
      this.#kept.clear();
      return undefined;
    }
    return [...this.#kept.values()].filter(hasChanged).map(({ row }) => row);
  }

  #keep(row: Row): Row {
    const made = row.kind === 'fork' ? row.at.getTime() : '';
    const key = [row.file.uri.toString(), row.sandbox, row.kind, made].join('\0');
    const kept = this.#kept.get(key) ?? { row, ...drawnOf(row) };
    this.#kept.set(key, kept);
    return kept.row;
  }
}

function isRow(node: Node): node is Row {
  return node.kind === 'sandbox' || node.kind === 'fork';
}

function drawnOf({ file, sandbox }: Row): Omit<Kept, 'row'> {
  return { state: file.state(sandbox), ports: file.ports(sandbox) };
}

function hasChanged(kept: Kept): boolean {
  const { state, ports } = kept;
  Object.assign(kept, drawnOf(kept.row));
  return kept.state !== state || kept.ports !== ports;
}
