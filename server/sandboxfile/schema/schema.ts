// A schema says what a value may be and reads it. `shape` is the same as data, for everything that
// describes the language instead of reading it: the JSON schema, hover, completion, the docs page.

import type { Span } from '../position.ts';
import type { SyntaxNode } from '../syntax/node.ts';
import type { Reading } from './reading.ts';

export interface Schema<T> {
  readonly shape: Shape;
  /** Undefined: nothing is there, or it is wrong and was reported. */
  read(node: SyntaxNode, at: Reading): T | undefined;
}

export interface Located<T> {
  readonly value: T;
  readonly span: Span;
}

/** An entry of a map. */
export interface Field<T> {
  readonly key: Span;
  readonly span: Span;
  readonly value: T | undefined;
}

export type Shape = TextShape | ListShape | MapShape | RecordShape | EitherShape | AnyShape;

export interface TextShape {
  readonly kind: 'text';
  /** With its article, for "expected …". */
  readonly wanted: string;
  readonly type: 'string' | 'integer';
  /** Allowed words, when there are only some. */
  readonly words?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly string[];
}

export interface ListShape {
  readonly kind: 'list';
  readonly wanted: string;
  readonly item: Shape;
}

export interface MapShape {
  readonly kind: 'map';
  readonly wanted: string;
  /** What the keys are, such as `sandbox name`. */
  readonly key: string;
  readonly value: Shape;
}

export interface RecordShape {
  readonly kind: 'record';
  readonly wanted: string;
  readonly keys: Readonly<Record<string, KeyDescription>>;
}

export interface EitherShape {
  readonly kind: 'either';
  readonly wanted: string;
  readonly options: readonly Shape[];
}

export interface AnyShape {
  readonly kind: 'any';
  readonly wanted: string;
}

export interface KeyDescription {
  /** One or two sentences of Markdown. */
  readonly doc: string;
  readonly shape: Shape;
  /** As it would be written. */
  readonly default?: string;
  readonly required?: boolean;
  readonly deprecated?: Deprecation;
}

export interface Deprecation {
  /** Key of the same map to use; absent: the key has no effect. */
  readonly instead?: string;
}
