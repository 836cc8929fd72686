import { quote } from '../grammars/grammar.ts';
import type { MapEntry } from '../syntax/node.ts';
import { isNull } from '../syntax/node.ts';
import type { Reading } from './reading.ts';
import type { Deprecation, Field, KeyDescription, RecordShape, Schema } from './schema.ts';

/** One key of a map whose keys are known. */
export interface Key<T> extends Omit<KeyDescription, 'shape'> {
  readonly schema: Schema<T>;
}

export type Keys = Readonly<Record<string, Key<unknown>>>;

/** What was read of a record: one field for each key that is there. */
export type Fields<K extends Keys> = {
  readonly [N in keyof K]?: K[N] extends Key<infer T> ? Field<T> : never;
};

export function key<T>(schema: Schema<T>, doc: string, more: Omit<Key<T>, 'schema' | 'doc'> = {}): Key<T> {
  return { schema, doc, ...more };
}

/** A map whose keys are known. */
export function record<K extends Keys>(keys: K, wanted: string): Schema<Fields<K>> {
  const shape: RecordShape = { kind: 'record', wanted, keys: describe(keys) };
  return {
    shape,
    read(node, at) {
      const empty = isNull(node);
      if (!empty && node.kind !== 'map') return at.wrongType(node, wanted);
      const entries = !empty && node.kind === 'map' ? node.entries : [];
      const fields: Record<string, Field<unknown>> = {};
      for (const entry of entries) {
        if (!at.reader.spend(entry.key.span)) break;
        const name = entry.key.text;
        const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
        if (known === undefined) unknownKey(entry, shape, at);
        else fields[name] = readField(known, entry, at);
      }
      for (const [name, known] of Object.entries(keys)) {
        const field = fields[name];
        if (known.required === true) requireField(name, field, entries, at);
        if (known.deprecated !== undefined && field !== undefined) {
          deprecate(name, field, known.deprecated, fields, at);
        }
      }
      return fields as Fields<K>;
    },
  };
}

function describe(keys: Keys): RecordShape['keys'] {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { schema, ...about }]) => [name, { ...about, shape: schema.shape }]),
  );
}

function readField(known: Key<unknown>, entry: MapEntry, at: Reading): Field<unknown> {
  // Empty text of a required key is reported as missing, not as wrong.
  const skip = known.required === true && isEmptyText(entry);
  const value = skip ? undefined : known.schema.read(entry.value, at.entry(entry.key.text, entry.key.span));
  return { key: entry.key.span, span: entry.value.span, value };
}

function unknownKey(entry: MapEntry, shape: RecordShape, at: Reading): void {
  const candidates = Object.keys(shape.keys).filter((name) => shape.keys[name]?.deprecated === undefined);
  const suggestion = at.reader.problems.nearest(entry.key.text, candidates);
  const hint = suggestion === undefined ? '' : `, did you mean '${suggestion}'?`;
  at.reader.problems.report(
    'SBX-UNKNOWN-KEY',
    entry.key.span,
    `unknown key '${quote(entry.key.text)}'${hint}`,
    suggestion === undefined ? {} : { data: { suggestion } },
  );
}

function requireField(
  name: string,
  field: Field<unknown> | undefined,
  entries: readonly MapEntry[],
  at: Reading,
): void {
  const entry = entries.find((entry) => entry.key.text === name);
  const missing = entry === undefined || isNull(entry.value) || isEmptyText(entry);
  if (!missing) return;
  at.reader.problems.report('SBX-REQUIRED', field?.key ?? at.key, `${at.path}: missing field \`${name}\``, {
    data: { key: name },
  });
}

function isEmptyText(entry: MapEntry): boolean {
  return entry.value.kind === 'scalar' && entry.value.text === '';
}

function deprecate(
  name: string,
  field: Field<unknown>,
  { instead }: Deprecation,
  fields: Readonly<Record<string, Field<unknown>>>,
  at: Reading,
): void {
  const message =
    instead === undefined
      ? `\`${name}\` is no longer supported and is ignored`
      : fields[instead] === undefined
        ? `\`${name}\` is deprecated, use \`${instead}\``
        : `\`${name}\` is deprecated and ignored, because \`${instead}\` is there`;
  const details = instead === undefined ? {} : { data: { instead } };
  at.reader.problems.report('SBX-DEPRECATED', field.key, message, details);
}
