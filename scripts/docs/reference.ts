// docs/sandboxfile.md: every key of a Sandboxfile, for its authors.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { schema, SEVERITIES } from '../../server/sandboxfile/index.ts';
import type { KeyDescription, RecordShape, Shape } from '../../server/sandboxfile/index.ts';

/** scripts/docs/reference.md is its hand-written beginning. */
export async function reference(): Promise<string> {
  const beginning = await readFile(path.join(import.meta.dirname, 'reference.md'), 'utf8');
  const sections = records('', schema.shape).map(({ title, record }) =>
    [`## ${title}`, table(record)].join('\n\n'),
  );
  return [beginning.trimEnd(), ...sections, problems()].join('\n\n') + '\n';
}

interface Section {
  readonly title: string;
  readonly record: RecordShape;
}

/** Maps with known keys, outer ones first; one that stands at several places is shown at the first. */
function records(place: string, shape: Shape, seen = new Set<RecordShape>()): readonly Section[] {
  switch (shape.kind) {
    case 'record': {
      if (seen.has(shape)) return [];
      seen.add(shape);
      const keys = Object.entries(shape.keys).filter(([, key]) => key.deprecated === undefined);
      const inner = keys.flatMap(([name, key]) =>
        records(place === '' ? name : `${place}.${name}`, key.shape, seen),
      );
      return [{ title: place === '' ? 'The file' : `\`${place}\``, record: shape }, ...inner];
    }
    case 'map':
      return records(`${place}.<${shape.key.replace(/ name$/, '')}>`, shape.value, seen);
    case 'list':
      return records(`${place}[]`, shape.item, seen);
    case 'either':
      return shape.options.flatMap((option) => records(place, option, seen));
    case 'text':
    case 'any':
      return [];
  }
}

function table({ keys }: RecordShape): string {
  const rows = Object.entries(keys).map(([name, key]) => `| \`${name}\` | ${value(key)} | ${meaning(key)} |`);
  return ['| key | value | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function value({ shape, default: initial, required }: KeyDescription): string {
  const facts = [described(shape)];
  if (required === true) facts.push('**required**');
  if (initial !== undefined) facts.push(`default \`${initial}\``);
  return facts.join('; ');
}

function described(shape: Shape): string {
  if (shape.kind === 'either') return shape.options.map(described).join(', or ');
  if (shape.kind !== 'text') return shape.wanted;
  const { wanted, words, minimum, maximum, examples } = shape;
  if (words !== undefined) return words.map(code).join(', ');
  const range = minimum === undefined || maximum === undefined ? '' : `, ${minimum} to ${maximum}`;
  return `${wanted}${range}${examples ? `, such as ${examples.map(code).join(', ')}` : ''}`;
}

function meaning({ doc, deprecated }: KeyDescription): string {
  if (deprecated === undefined) return doc;
  const advice = deprecated.instead === undefined ? 'has no effect' : `use ${code(deprecated.instead)}`;
  return `_Deprecated: ${advice}._ ${doc}`;
}

function problems(): string {
  const rows = Object.entries(SEVERITIES).map(([id, severity]) => `| \`${id}\` | ${severity} |`);
  const text =
    'What the editor and `msb check` report. An error makes the file, or one component of it, unusable; with a ' +
    'warning or a hint it loads. A problem can be less severe where that is said in its message.';
  return ['## Problems', text, ['| id | severity |', '| --- | --- |', ...rows].join('\n')].join('\n\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
