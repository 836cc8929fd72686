// Every capability that the server offers, asked for over its pipes as an editor does.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type {
  CallHierarchyItem,
  CodeAction,
  CodeLens,
  CompletionList,
  Diagnostic,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  InlayHint,
  Location,
  LocationLink,
  SelectionRange,
  SemanticTokens,
  TextEdit,
  WorkspaceEdit,
  WorkspaceSymbol,
} from 'vscode-languageserver';
import type { LanguageClient } from '../support/language-client.ts';
import { startLanguageServer } from '../support/language-server.ts';

const text = `modules:
  ./db.yaml:
    postgres:
      as: database
sandboxes:
  api:
    image: alpine:3.20
    volumes: ["./src:/app"]
    ports: ["8080:80"]
    depends_on: [database, cache]
    scripts:
      start: echo hello
      test: |
        echo one
        echo two
  cache:
    image: redis:7
    ports: ["8080:81"]
    ram: 512
`;
const db = `sandboxes:\n  postgres:\n    image: postgres:16\n`;

suite('capabilities', { timeout: 120_000 }, () => {
  let folder: string;
  let client: LanguageClient;
  let uri: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lsp-'));
    await mkdir(path.join(folder, 'src'));
    await writeFile(path.join(folder, 'db.yaml'), db);
    await writeFile(path.join(folder, 'Sandboxfile'), text);
    uri = pathToFileURL(path.join(folder, 'Sandboxfile')).href;
    client = await startLanguageServer({ folder, initializationOptions: { trusted: true } });
    await client.open(uri, text);
  });
  after(async () => {
    await client[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const document = (): object => ({ textDocument: { uri } });
  /** Offset of the `nth` occurrence. */
  const at = (word: string, nth = 0): number => {
    let offset = text.indexOf(word);
    for (let left = nth; left > 0; left--) offset = text.indexOf(word, offset + 1);
    return offset;
  };
  const ask = <R>(method: string, more: object = {}): Promise<R> =>
    client.request<R>(method, { ...document(), ...more });

  test('diagnostics with related places and data', async () => {
    const diagnostics = await client.diagnostics(uri);
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => `${String(code)} ${String(severity)}`),
      ['SBX-PORT-DUP 2', 'SBX-DEPRECATED 2'],
    );
    const [port, ram] = diagnostics as readonly [Diagnostic, Diagnostic];
    assert.equal(port.relatedInformation?.[0]?.location.range.start.line, 8);
    assert.deepEqual(port.data, { port: 8080 });
    assert.deepEqual(ram.data, { instead: 'memory' });
    assert.deepEqual(ram.tags, [2]);
  });

  test('completion in a line that is being typed', async () => {
    await client.edit(uri, text.length, text.length, '    sco');
    const { items } = await client.at<CompletionList>('textDocument/completion', uri, text.length + 7);
    assert.ok(items.some(({ label }) => label === 'scope'));
    await client.edit(uri, text.length, text.length + 7, '');
  });

  test('hover', async () => {
    const hover = await client.at<Hover>('textDocument/hover', uri, at('image') + 1);
    assert.match(JSON.stringify(hover.contents), /Root file system/);
  });

  test('definition in a module', async () => {
    const [link] = await client.at<LocationLink[]>('textDocument/definition', uri, at('postgres') + 1);
    assert.equal(link?.targetUri, pathToFileURL(path.join(folder, 'db.yaml')).href);
  });

  test('references and highlights', async () => {
    const found = await client.at<Location[]>('textDocument/references', uri, at('cache') + 1, {
      context: { includeDeclaration: true },
    });
    assert.equal(found.length, 2);
    const highlights = await client.at<DocumentHighlight[]>(
      'textDocument/documentHighlight',
      uri,
      at('cache') + 1,
    );
    assert.equal(highlights.length, 2);
  });

  test('rename across files', async () => {
    const place = at('postgres') + 1;
    assert.ok(await client.at('textDocument/prepareRename', uri, place));
    const edit = await client.at<WorkspaceEdit>('textDocument/rename', uri, place, { newName: 'pg' });
    assert.equal(JSON.stringify(edit).match(/"newText":"pg"/g)?.length, 2);
    assert.match(JSON.stringify(edit), /db\.yaml/);
    await assert.rejects(client.at('textDocument/rename', uri, place, { newName: 'a/b' }));
  });

  test('symbols', async () => {
    const symbols = await ask<DocumentSymbol[]>('textDocument/documentSymbol');
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ['modules', 'sandboxes'],
    );
    const found = await client.request<WorkspaceSymbol[]>('workspace/symbol', { query: 'postgres' });
    assert.ok(found.some(({ location }) => location.uri.endsWith('/db.yaml')));
  });

  test('folding and selection ranges', async () => {
    const folds = await ask<FoldingRange[]>('textDocument/foldingRange');
    assert.ok(folds.some(({ startLine, endLine }) => startLine === 5 && endLine === 14));
    const positions = [{ line: 6, character: 12 }];
    const [selection] = await ask<SelectionRange[]>('textDocument/selectionRange', { positions });
    assert.ok(selection?.parent?.parent);
  });

  test('semantic tokens', async () => {
    const { data } = await ask<SemanticTokens>('textDocument/semanticTokens/full');
    assert.ok(data.length > 0 && data.length % 5 === 0);
    const range = { start: { line: 0, character: 0 }, end: { line: 6, character: 0 } };
    const part = await ask<SemanticTokens>('textDocument/semanticTokens/range', { range });
    assert.ok(part.data.length > 0 && part.data.length < data.length);
  });

  test('links, inlay hints, code lenses', async () => {
    assert.ok((await ask<DocumentLink[]>('textDocument/documentLink')).length > 0);
    const range = { start: { line: 0, character: 0 }, end: { line: 30, character: 0 } };
    assert.ok((await ask<InlayHint[]>('textDocument/inlayHint', { range })).length > 0);
    assert.ok((await ask<CodeLens[]>('textDocument/codeLens')).length > 0);
  });

  test('call hierarchy of depends_on', async () => {
    const [item] = await client.at<CallHierarchyItem[]>(
      'textDocument/prepareCallHierarchy',
      uri,
      at('  cache:') + 3,
    );
    assert.equal(item?.name, 'cache');
    const calls = await client.request<readonly { from: CallHierarchyItem }[]>(
      'callHierarchy/incomingCalls',
      {
        item,
      },
    );
    assert.deepEqual(
      calls.map(({ from }) => from.name),
      ['api'],
    );
    const [api] = await client.at<CallHierarchyItem[]>(
      'textDocument/prepareCallHierarchy',
      uri,
      at('  api:') + 3,
    );
    const needed = await client.request<readonly { to: CallHierarchyItem }[]>('callHierarchy/outgoingCalls', {
      item: api,
    });
    assert.deepEqual(needed.map(({ to }) => to.name).toSorted(), ['cache', 'postgres']);
  });

  test('quick fixes', async () => {
    const diagnostics = await client.diagnostics(uri);
    const ram = diagnostics.find(({ code }) => code === 'SBX-DEPRECATED');
    const actions = await ask<CodeAction[]>('textDocument/codeAction', {
      range: ram?.range,
      context: { diagnostics: [ram] },
    });
    const [action] = actions;
    const resolved = await client.request<CodeAction>('codeAction/resolve', action);
    assert.match(JSON.stringify(resolved.edit), /"newText":"memory"/);
  });

  test('formatting', async () => {
    const messy = pathToFileURL(path.join(folder, 'Sandboxfile.messy')).href;
    await client.open(messy, 'sandboxes:\n    a:\n        image:   alpine   # why\n');
    const edits = await client.request<TextEdit[]>('textDocument/formatting', {
      textDocument: { uri: messy },
      options: { tabSize: 2, insertSpaces: true },
    });
    assert.ok(edits.length > 0);
    const lines = await client.request<TextEdit[]>('textDocument/rangeFormatting', {
      textDocument: { uri: messy },
      range: { start: { line: 2, character: 0 }, end: { line: 2, character: 40 } },
      options: { tabSize: 2, insertSpaces: true },
    });
    assert.deepEqual(
      lines.map(({ newText }) => newText),
      [' '],
    );
    await client.close(messy);
  });

  test('a file that is not open has no answers', async () => {
    assert.equal(
      await client.request('textDocument/hover', {
        textDocument: { uri: 'file:///x' },
        position: { line: 0, character: 0 },
      }),
      null,
    );
  });
});
