// The language server beside sandboxes that somebody else starts and stops.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CodeLens } from 'vscode-languageserver';
import { startLanguageServer } from '../support/language-server.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const text = `sandboxes:
  box:
    image: builtin:busybox
    memory: 128
    scope: none
  other:
    image: builtin:busybox
`;

test('lenses follow what runs, whoever starts and stops it', { timeout: 300_000 }, async () => {
  await using place = await Place.create(text);
  const file = path.join(place.project, 'Sandboxfile');
  const uri = pathToFileURL(file).href;
  const before = await readdir(place.project);
  await using client = await startLanguageServer({
    folder: place.project,
    env: place.environment,
    initializationOptions: { trusted: true },
  });
  let refreshed = (): void => undefined;
  client.connection.onRequest('workspace/codeLens/refresh', () => {
    refreshed();
    return null;
  });
  await client.open(uri, text);
  const titles = async (): Promise<readonly (string | undefined)[]> => {
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    return lenses.map(({ command }) => command?.title);
  };
  /** Asks whenever it is told that there may be something new. */
  const until = async (wanted: readonly string[]): Promise<void> => {
    for (;;) {
      const news = new Promise<void>((resolve) => (refreshed = resolve));
      if (JSON.stringify(await titles()) === JSON.stringify(wanted)) return;
      await news;
    }
  };
  const stopped = ['▶ Run', 'Open Terminal'];
  const running = ['■ Stop', 'Open Terminal'];
  // Unknown first, and then known to be stopped, without a trace in the project.
  const known = new Promise<void>((resolve) => (refreshed = resolve));
  assert.deepEqual(await titles(), [...stopped, ...stopped]);
  await known;
  assert.deepEqual(await readdir(place.project), before);
  assert.deepEqual(await titles(), [...stopped, ...stopped]);
  const { code, stderr } = await msb(['run', 'box', '-d', '-e', 'sleep', '--', '1000'], {
    cwd: place.project,
  });
  assert.equal(code, 0, stderr);
  await until([...running, ...stopped]);
  assert.equal((await msb(['down'], { cwd: place.project })).code, 0);
  await until([...stopped, ...stopped]);
});
