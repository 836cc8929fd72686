// What the shipped server knows besides texts: images of the user's store and of real registries.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CompletionList, Hover } from 'vscode-languageserver';
import { ImageRegistry } from '../support/image-registry.ts';
import type { LanguageClient } from '../support/language-client.ts';
import { startLanguageServer } from '../support/language-server.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const HEAD = 'sandboxes:\n  a:\n    command:\n    workdir:\n    image: ';

suite('live facts', { timeout: 120_000 }, () => {
  let place: Place;
  let registry: ImageRegistry;
  let hanging: Server;
  let client: LanguageClient;
  let uri: string;
  before(async () => {
    place = await Place.create();
    registry = await ImageRegistry.start(path.join(place.root, 'registry'));
    for (const tag of ['1.0', '2.0', 'edge']) await registry.push(`team/app:${tag}`);
    const pulled = await msb(['pull', `${registry.host}/team/app:1.0`], {
      cwd: place.project,
      env: place.environment,
    });
    assert.equal(pulled.code, 0, pulled.stderr);
    // Takes every connection and says nothing.
    hanging = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    uri = pathToFileURL(path.join(place.project, 'Sandboxfile')).href;
    await mkdir(path.join(place.project, 'sub'));
    await writeFile(path.join(place.project, 'Sandboxfile'), HEAD);
    client = await startLanguageServer({
      folder: place.project,
      env: place.environment,
      initializationOptions: { trusted: true },
    });
    await client.open(uri, HEAD);
  });
  after(async () => {
    await client[Symbol.asyncDispose]();
    hanging.close();
    await registry[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** The labels at the end of the text; asked for again, as editors do, while there may be more. */
  const completed = async (image: string, wanted: (labels: readonly string[]) => boolean) => {
    await client.edit(uri, HEAD.length, HEAD.length, image);
    try {
      for (;;) {
        const at = HEAD.length + image.length;
        const list = await client.at<CompletionList>('textDocument/completion', uri, at);
        const labels = list.items.map(({ label }) => label);
        if (wanted(labels)) return { labels, list };
        assert.ok(list.isIncomplete, labels.join(' '));
      }
    } finally {
      await client.edit(uri, HEAD.length, HEAD.length + image.length, '');
    }
  };

  test('images of the store', async () => {
    const { labels } = await completed('', (all) => all.includes(`${registry.host}/team/app:1.0`));
    assert.ok(labels.includes(`${registry.host}/team/app`));
    assert.ok(labels.includes('builtin:busybox'));
  });

  test('tags of a registry', async () => {
    const name = `${registry.host}/team/app`;
    const { labels, list } = await completed(`${name}:`, (all) => all.includes(`${name}:edge`));
    assert.deepEqual(labels, [`${name}:1.0`, `${name}:2.0`, `${name}:edge`]);
    assert.equal(list.isIncomplete, false);
  });

  test('what an image says', async () => {
    const image = `${registry.host}/team/app:1.0`;
    await client.edit(uri, HEAD.length, HEAD.length, image);
    const value = (hover: Hover): string => (hover.contents as { value: string }).value;
    const hovered = async (key: string) =>
      value(await client.at<Hover>('textDocument/hover', uri, HEAD.indexOf(key) + 1));
    // An answer that is not known in time is there for the next who asks.
    let said = '';
    while (!said.includes('from the image')) said = await hovered('command');
    assert.match(await hovered('workdir'), /^= `\/`\n/);
    await client.edit(uri, HEAD.length, HEAD.length + image.length, '');
  });

  test('a registry that hangs blocks nothing', async () => {
    const address = hanging.address();
    assert.ok(address !== null && typeof address !== 'string');
    const name = `localhost:${String(address.port)}/x`;
    const { labels, list } = await completed(`${name}:`, (all) => all.length > 0);
    assert.deepEqual([labels, list.isIncomplete], [[`${name}:latest`], true]);
    const hover = await client.at<Hover>('textDocument/hover', uri, HEAD.indexOf('workdir') + 1);
    assert.match(JSON.stringify(hover), /workdir/);
  });

  test('a workspace that is not trusted asks nobody', async () => {
    await client.notify('sandboxfile/trust', { trusted: false });
    const { labels } = await completed('', () => true);
    assert.ok(!labels.some((label) => label.startsWith(registry.host)), labels.join(' '));
    await client.notify('sandboxfile/trust', { trusted: true });
    await completed('', (all) => all.includes(`${registry.host}/team/app:1.0`));
  });
});
