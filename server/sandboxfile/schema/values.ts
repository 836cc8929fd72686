import { quote, type Grammar } from '../grammars/grammar.ts';
import { isNull, type SyntaxNode } from '../syntax/node.ts';
import type { Reading } from './reading.ts';
import type { AnyShape, Field, Located, Schema, TextShape } from './schema.ts';

/** One scalar, understood by a grammar. */
export function text<T>(grammar: Grammar<T>, about: Omit<TextShape, 'kind' | 'type'>): Schema<T> {
  return scalar(grammar, { kind: 'text', type: 'string', ...about });
}

/** A number, quoted or not. */
export function integer<T>(grammar: Grammar<T>, about: Omit<TextShape, 'kind' | 'type'>): Schema<T> {
  return scalar(grammar, { kind: 'text', type: 'integer', ...about });
}

function scalar<T>(grammar: Grammar<T>, shape: TextShape): Schema<T> {
  return {
    shape,
    read(node, at) {
      if (isNull(node) || !at.reader.spend(node.span)) return undefined;
      if (node.kind !== 'scalar') return at.wrongType(node, shape.wanted);
      const parsed = grammar(node.text);
      return parsed.ok ? parsed.value : at.fault(node.span, parsed.fault);
    },
  };
}

export function list<T>(item: Schema<T>, wanted: string): Schema<readonly Located<T>[]> {
  return {
    shape: { kind: 'list', wanted, item: item.shape },
    read(node, at) {
      if (isNull(node)) return [];
      if (node.kind !== 'list') return at.wrongType(node, wanted);
      if (!at.reader.spend(node.span)) return undefined;
      return node.items.flatMap((child, index) => {
        const place = at.item(index, child.span);
        if (isNull(child)) place.wrongType(child, item.shape.wanted);
        const value = item.read(child, place);
        return value === undefined ? [] : [{ value, span: child.span }];
      });
    },
  };
}

/** A map with free keys. An entry whose key is wrong is left out. */
export function map<T>(
  key: { readonly grammar: Grammar<string>; readonly name: string },
  value: Schema<T>,
  wanted: string,
): Schema<ReadonlyMap<string, Field<T>>> {
  return {
    shape: { kind: 'map', wanted, key: key.name, value: value.shape },
    read(node, at) {
      const fields = new Map<string, Field<T>>();
      if (isNull(node)) return fields;
      if (node.kind !== 'map') return at.wrongType(node, wanted);
      for (const entry of node.entries) {
        if (!at.reader.spend(entry.key.span)) break;
        const name = key.grammar(entry.key.text);
        if (!name.ok) at.fault(entry.key.span, name.fault);
        const place = at.entry(quote(entry.key.text), entry.key.span);
        const field = { key: entry.key.span, span: entry.value.span, value: value.read(entry.value, place) };
        if (name.ok) fields.set(name.value, field);
      }
      return fields;
    },
  };
}

/** Different schemas for different kinds of node. */
export function either<S = never, L = never, M = never>(
  options: { readonly scalar?: Schema<S>; readonly list?: Schema<L>; readonly map?: Schema<M> },
  wanted: string,
): Schema<S | L | M> {
  const schemas = [options.list, options.map, options.scalar].filter((schema) => schema !== undefined);
  return {
    shape: { kind: 'either', wanted, options: schemas.map((schema) => schema.shape) },
    read(node: SyntaxNode, at: Reading): S | L | M | undefined {
      if (isNull(node)) return undefined;
      const schema = options[node.kind];
      return schema === undefined ? at.wrongType(node, wanted) : schema.read(node, at);
    },
  };
}

/** Whatever is there, unread. */
export function anything(): Schema<never> {
  const shape: AnyShape = { kind: 'any', wanted: 'anything' };
  return { shape, read: () => undefined };
}
