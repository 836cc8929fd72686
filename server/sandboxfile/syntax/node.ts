// YAML as the reader sees it: aliases and merge keys resolved, one entry per key, a place for
// everything. Aliased nodes are shared, so walking all of it may visit one node many times.

import type { Span } from '../position.ts';

export type SyntaxNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly span: Span;
  /** Content without quotes and escapes; numbers and booleans as they stand in the file. */
  readonly text: string;
  /** Unquoted on one line or several: may be a number, a boolean or null. */
  readonly plain: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: readonly SyntaxNode[];
}

export interface MapNode {
  readonly kind: 'map';
  readonly span: Span;
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: ScalarNode;
  readonly value: SyntaxNode;
}

/** Nothing written, or `null` or `~`. */
export function isNull(node: SyntaxNode): boolean {
  return node.kind === 'scalar' && node.plain && /^(?:|~|null|Null|NULL)$/.test(node.text);
}

/** Name of a node's type as YAML sees it. */
export function typeName(node: SyntaxNode): string {
  if (node.kind !== 'scalar') return node.kind;
  if (isNull(node)) return 'null';
  if (!node.plain) return 'string';
  if (/^(?:true|True|TRUE|false|False|FALSE)$/.test(node.text)) return 'boolean';
  if (/^[+-]?\d+$|^0x[0-9A-Fa-f]+$|^0o[0-7]+$/.test(node.text)) return 'integer';
  return /^[+-]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][+-]?\d+)?$/.test(node.text) ? 'float' : 'string';
}
