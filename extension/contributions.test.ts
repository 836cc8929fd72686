import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { COMMANDS, LANGUAGE, SETTINGS, TASK_TYPE, TERMINAL_PROFILE, TOOLS, VIEWS } from './contributions.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly languages: readonly { readonly id: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly taskDefinitions: readonly { readonly type: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly languageModelTools: readonly { readonly name: string }[];
    readonly terminal: { readonly profiles: readonly { readonly id: string }[] };
  };
}

const root = new URL('../', import.meta.url);
const text = await readFile(new URL('package.json', root), 'utf8');
const { contributes } = JSON.parse(text) as Manifest;

test('commands, views, tasks and profiles are those of the manifest', () => {
  const ids = (items: readonly { readonly command: string }[]): readonly string[] =>
    items.map((each) => each.command);
  assert.deepEqual(Object.values(COMMANDS).sort(), [...ids(contributes.commands)].sort());
  assert.deepEqual(
    Object.values(VIEWS),
    Object.values(contributes.views).flatMap((views) => views.map(({ id }) => id)),
  );
  assert.ok(contributes.languages.some(({ id }) => id === LANGUAGE));
  assert.deepEqual(
    contributes.taskDefinitions.map(({ type }) => type),
    [TASK_TYPE],
  );
  assert.deepEqual(
    contributes.terminal.profiles.map(({ id }) => id),
    [TERMINAL_PROFILE],
  );
});

test('settings have the names and defaults of the manifest', () => {
  const inManifest = Object.entries(contributes.configuration.properties).map(([name, each]) => [
    name,
    each.default,
  ]);
  const here = Object.values(SETTINGS).map(({ name, value }) => [name, value]);
  assert.deepEqual(here, inManifest);
});

test('tools are those of the manifest', () => {
  assert.deepEqual(
    contributes.languageModelTools.map(({ name }) => name),
    Object.values(TOOLS),
  );
});

test('menus offer known commands', () => {
  const known = new Set<string>(Object.values(COMMANDS));
  const offered = Object.values(contributes.menus).flatMap((items) => items.map((each) => each.command));
  assert.deepEqual(
    offered.filter((command) => !known.has(command)),
    [],
  );
});

test('every text that the manifest names is there, and none besides', async () => {
  const named = new Set([...text.matchAll(/"%([^%"]+)%"/g)].map(([, key = '']) => key));
  const texts = JSON.parse(await readFile(new URL('package.nls.json', root), 'utf8')) as Record<
    string,
    string
  >;
  assert.deepEqual([...named].sort(), Object.keys(texts).sort());
});
