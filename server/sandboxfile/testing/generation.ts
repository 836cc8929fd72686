import { project } from '../schema/project.ts';
import type { Shape } from '../schema/schema.ts';

/** Names that files refer to each other by, and what nobody would call anything. */
const NAMES = ['a', 'db', 'web', 'x-1', 'a b', '0', 'é', '<<', '"q"', 'a#b', 'null', '__proto__'];
const SCALARS = [
  '',
  '~',
  '1',
  '-1',
  '1.5',
  'true',
  '/a',
  './a:/b',
  'A=b: c',
  '8080:80',
  'alpine:3',
  '"q\\n"',
  "'it''s'",
];
const MAX_DEPTH = 7;

/** A Sandboxfile as the schema has it, with wrong values here and there, in block and flow style. */
export function generate(next: () => number): string {
  const writer = new Writer(next);
  return `${writer.block(project.shape, 0).replace(/^\n/, '')}\n`;
}

class Writer {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  /** What stands behind a colon or dash: on its line, or below it. */
  block(shape: Shape, depth: number): string {
    const indent = '  '.repeat(depth);
    const picked = this.#shape(shape);
    if (depth > MAX_DEPTH || (depth > 0 && this.#next() < 0.15)) return ` ${this.#flow(picked, depth)}`;
    switch (picked.kind) {
      case 'record':
      case 'map':
        return this.#entries(picked)
          .map(([key, value]) => `\n${this.#comment(indent)}${indent}${key}:${this.block(value, depth + 1)}`)
          .join('');
      case 'list':
        return this.#times(3)
          .map(() => `\n${indent}-${this.block(picked.item, depth + 1)}`)
          .join('');
      default:
        if (this.#next() < 0.1) return ` |\n${indent}  echo one\n${indent}  echo "$@"`;
        return ` ${this.#scalar(picked)}`;
    }
  }

  #flow(shape: Shape, depth: number): string {
    const picked = this.#shape(shape);
    if (depth > MAX_DEPTH) return '{}';
    switch (picked.kind) {
      case 'record':
      case 'map': {
        const entries = this.#entries(picked);
        return `{${entries.map(([key, value]) => `${key}: ${this.#flow(value, depth + 1)}`).join(', ')}}`;
      }
      case 'list':
        return `[${this.#times(3)
          .map(() => this.#flow(picked.item, depth + 1))
          .join(', ')}]`;
      default:
        return this.#scalar(picked);
    }
  }

  #entries(shape: Shape): readonly (readonly [string, Shape])[] {
    if (shape.kind === 'map') return this.#times(3).map(() => [this.#pick(NAMES), shape.value]);
    if (shape.kind !== 'record') return [];
    const keys = Object.entries(shape.keys).filter(() => this.#next() < 0.4);
    return keys.map(([key, { shape }]) => [this.#next() < 0.05 ? `${key}x` : key, shape]);
  }

  #scalar(shape: Shape): string {
    const known = shape.kind === 'text' ? [...(shape.words ?? []), ...(shape.examples ?? [])] : [];
    const text =
      known.length > 0 && this.#next() < 0.7 ? this.#pick(known) : this.#pick([...SCALARS, ...NAMES]);
    return this.#next() < 0.1 ? JSON.stringify(text) : text;
  }

  #shape(shape: Shape): Shape {
    return shape.kind === 'either' ? this.#pick(shape.options) : shape;
  }

  #comment(indent: string): string {
    return this.#next() < 0.05 ? `${indent}# a comment\n` : '';
  }

  #times(most: number): readonly undefined[] {
    return Array.from({ length: 1 + Math.floor(this.#next() * most) });
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T;
  }
}
