// The table of keys is the one source: the JSON schema, the reference page, hovers and completions say of
// each key what it says.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { MarkupContent } from 'vscode-languageserver-types';
import { referenceFile, schemaFile, writeDocs } from '../../scripts/docs/write.ts';
import { completion } from '../../server/language/features/completion.ts';
import { hover } from '../../server/language/features/hover.ts';
import { marked, NEVER } from '../../server/language/testing/workspace.ts';
import { schema, type KeyDescription, type Shape } from '../../server/sandboxfile/index.ts';
import { repository } from '../support/msb.ts';

interface Place {
  /** From the root to the map of the key; names are `x`. */
  readonly path: readonly string[];
  readonly name: string;
  readonly key: KeyDescription;
  /** Below a key of old: its page leads to the key of today. */
  readonly isOld: boolean;
}

const places = [...keysOf(schema.shape, [], false)];
const committed = (file: string): Promise<string> => readFile(path.join(repository, file), 'utf8');

function* keysOf(shape: Shape, at: readonly string[], isOld: boolean): Iterable<Place> {
  if (shape.kind === 'either') for (const option of shape.options) yield* keysOf(option, at, isOld);
  if (shape.kind === 'map') yield* keysOf(shape.value, [...at, 'x'], isOld);
  if (shape.kind !== 'record') return;
  for (const [name, key] of Object.entries(shape.keys)) {
    yield { path: at, name, key, isOld };
    yield* keysOf(key.shape, [...at, name], isOld || key.deprecated !== undefined);
  }
}

/** The maps around a key, each on its own line, and what the last one holds. */
function textWith({ path: at }: Place, last: string): string {
  const lines = at.map((key, depth) => `${'  '.repeat(depth)}${key}:\n`);
  return `${lines.join('')}${'  '.repeat(at.length)}${last}`;
}

suite('one schema', () => {
  test('it has all keys', () => {
    const named = places.map(({ path: at, name }) => [...at, name].join('.'));
    for (const name of ['sandboxes.x.image', 'builds.x.steps', 'groups.x.volumes', 'modules.x.x.as']) {
      assert.ok(named.includes(name), name);
    }
    assert.ok(named.length > 50);
  });

  test('what is committed is what it makes', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'docs-'));
    await writeDocs(folder);
    for (const file of [schemaFile, referenceFile]) {
      assert.equal(await committed(file), await readFile(path.join(folder, file), 'utf8'), file);
    }
    await rm(folder, { recursive: true });
  });

  test('the JSON schema', async () => {
    const root = JSON.parse(await committed(schemaFile)) as JsonSchema;
    for (const { path: at, name, key } of places) {
      const found = at.reduce(step, [root]).flatMap(({ properties }) => properties?.[name] ?? []);
      const about = [...at, name].join('.');
      assert.ok(
        found.some(({ description }) => description === key.doc),
        about,
      );
      assert.ok(
        found.some(({ deprecated }) => (deprecated === true) === (key.deprecated !== undefined)),
        about,
      );
    }
  });

  test('the reference page', async () => {
    const rows = (await committed(referenceFile)).split('\n').filter((line) => line.startsWith('| `'));
    for (const { name, key, isOld } of places) {
      if (isOld) continue;
      const doc = key.doc.replaceAll('|', '\\|');
      assert.ok(
        rows.some((row) => row.startsWith(`| \`${name}\``) && row.includes(doc)),
        `${name}: ${doc}`,
      );
    }
  });

  test('hovers', async () => {
    for (const place of places) {
      const at = marked(textWith(place, `|${place.name}:\n`));
      const found = await hover(at.workspace, at.document, at.position, NEVER);
      assert.ok(MarkupContent.is(found?.contents), textWith(place, place.name));
      assert.ok(found.contents.value.includes(place.key.doc), found.contents.value);
    }
  });

  test('completions', async () => {
    for (const place of places) {
      const at = marked(textWith(place, '|'));
      const { items } = await completion(at.workspace, at.document, at.position, NEVER);
      const item = items.find(({ label }) => label === place.name);
      assert.ok(MarkupContent.is(item?.documentation), textWith(place, place.name));
      assert.ok(item.documentation.value.includes(place.key.doc), place.name);
      assert.equal(item.tags !== undefined, place.key.deprecated !== undefined, place.name);
    }
  });
});

interface JsonSchema {
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** What a key of the path leads to in each of some schemas. */
function step(schemas: readonly JsonSchema[], key: string): readonly JsonSchema[] {
  return schemas.flatMap(({ properties, additionalProperties: more }) => {
    const next = properties?.[key] ?? (typeof more === 'object' ? more : undefined);
    return next === undefined ? [] : [next, ...(next.anyOf ?? [])];
  });
}
