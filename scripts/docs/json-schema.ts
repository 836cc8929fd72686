// schemas/sandboxfile.schema.json: the language's table for tools that know nothing else of it. It accepts
// what the language accepts and more: grammars of values and references between parts are not in it.

import { schema } from '../../server/sandboxfile/index.ts';
import type { KeyDescription, Shape, TextShape } from '../../server/sandboxfile/index.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

export function jsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sandboxfile',
    ...schemaOf(schema.shape),
  };
}

function schemaOf(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'text':
      return textSchema(shape);
    case 'list':
      return { type: ['array', 'null'], items: schemaOf(shape.item) };
    case 'map':
      return { type: ['object', 'null'], additionalProperties: schemaOf(shape.value) };
    case 'record': {
      const keys = Object.entries(shape.keys);
      const required = keys.filter(([, key]) => key.required).map(([name]) => name);
      return {
        type: ['object', 'null'],
        properties: Object.fromEntries(keys.map(([name, key]) => [name, keySchema(key)])),
        additionalProperties: false,
        ...(required.length > 0 && { required }),
      };
    }
    case 'either':
      return { anyOf: shape.options.map(schemaOf) };
    case 'any':
      return {};
  }
}

/** Unquoted numbers and booleans are texts too; nothing written is as good as absent. */
function textSchema({ type, words, minimum, maximum, examples }: TextShape): JsonSchema {
  if (words !== undefined) return { enum: [...words, null] };
  return {
    type: type === 'integer' ? ['integer', 'string', 'null'] : ['string', 'number', 'boolean', 'null'],
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(examples && { examples }),
  };
}

function keySchema({ doc, shape, default: value, deprecated }: KeyDescription): JsonSchema {
  const instead = deprecated?.instead;
  return {
    description: doc,
    ...schemaOf(shape),
    ...(value !== undefined && { default: /^\d+$/.test(value) ? Number(value) : value }),
    ...(deprecated && {
      deprecated: true,
      deprecationMessage: instead === undefined ? 'Has no effect.' : `Use ${instead}.`,
    }),
  };
}
