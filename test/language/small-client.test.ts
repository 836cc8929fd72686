// A client that declares nothing gets every answer in its oldest form.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type {
  Command,
  CompletionList,
  Hover,
  Location,
  SymbolInformation,
  WorkspaceEdit,
} from 'vscode-languageserver';
import type { LanguageClient } from '../support/language-client.ts';
import { languageServer, startLanguageServer } from '../support/language-server.ts';

const text = `modules:
  ./db.yaml:
    postgres:
sandboxes:
  api:
    image: alpine:3.20
    ram: 512
    depends_on: [postgres, queue]
`;

suite('a small client', { timeout: 180_000 }, () => {
  let folder: string;
  let client: LanguageClient;
  let uri: string;
  let module: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'small-'));
    uri = pathToFileURL(path.join(folder, 'Sandboxfile')).href;
    module = pathToFileURL(path.join(folder, 'db.yaml')).href;
    await writeFile(path.join(folder, 'db.yaml'), 'sandboxes:\n  postgres:\n    image: postgres:16\n');
    client = await startLanguageServer({
      folder,
      initializationOptions: { trusted: true },
      capabilities: { workspace: { applyEdit: true } },
    });
    await client.open(uri, text);
    await client.diagnostics(uri);
  });
  after(async () => {
    await client[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const at = (word: string): number => text.lastIndexOf(word) + 1;

  test('what is offered', () => {
    const { capabilities } = client.initialized;
    assert.equal(capabilities.positionEncoding, 'utf-16');
    assert.equal(capabilities.renameProvider, true);
    assert.deepEqual(capabilities.executeCommandProvider, { commands: ['sandboxfile.applyEdit'] });
    assert.deepEqual(capabilities.codeActionProvider, {
      codeActionKinds: ['quickfix'],
      resolveProvider: false,
    });
  });

  test('definitions are locations', async () => {
    const found = await client.at<Location[]>('textDocument/definition', uri, at('postgres'));
    assert.deepEqual(
      found.map(({ uri, range }) => [uri, range.start]),
      [[module, { line: 1, character: 2 }]],
    );
  });

  test('symbols are a list', async () => {
    const symbols = await client.request<SymbolInformation[]>('textDocument/documentSymbol', {
      textDocument: { uri },
    });
    assert.deepEqual(
      symbols.map(({ name, containerName, location }) => [name, containerName, location.uri === uri]),
      [
        ['modules', undefined, true],
        ['./db.yaml', 'modules', true],
        ['sandboxes', undefined, true],
        ['api', 'sandboxes', true],
      ],
    );
  });

  test('hover and documentation are plain text', async () => {
    const hover = await client.at<Hover>('textDocument/hover', uri, at('ram'));
    assert.deepEqual(hover.contents, {
      kind: 'plaintext',
      value:
        '= 512 MiB\n\nram: Guest memory in MiB.\n\nDeprecated: use memory. From 1 to 4294967295. Such as 1024, 2GiB.',
    });
    const { items } = await client.at<CompletionList>('textDocument/completion', uri, at('ram'));
    const ram = items.find(({ label }) => label === 'ram') ?? items.find(({ label }) => label === 'exec');
    assert.ok(ram !== undefined && ram.tags === undefined && ram.insertTextMode === undefined);
    assert.equal((ram.documentation as { kind: string }).kind, 'plaintext');
    assert.ok(items.every(({ command }) => command === undefined));
  });

  test('a rename has plain changes', async () => {
    const edit = await client.at<WorkspaceEdit>('textDocument/rename', uri, at('postgres'), {
      newName: 'pg',
    });
    assert.equal(edit.documentChanges, undefined);
    assert.deepEqual(
      Object.entries(edit.changes ?? {}).map(([file, edits]) => [file, edits.length]),
      [
        [module, 1],
        [uri, 2],
      ],
    );
  });

  test('a fix is a command that has its edit applied', async () => {
    const applied = new Promise<WorkspaceEdit>((resolve) => {
      client.connection.onRequest('workspace/applyEdit', ({ edit }: { edit: WorkspaceEdit }) => {
        resolve(edit);
        return { applied: true };
      });
    });
    const range = { start: { line: 7, character: 27 }, end: { line: 7, character: 27 } };
    const commands = await client.request<Command[]>('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics: [] },
    });
    const create = commands.find(({ title }) => title === "Create sandbox 'queue'");
    assert.ok(create);
    await client.request('workspace/executeCommand', {
      command: create.command,
      arguments: create.arguments,
    });
    assert.match(JSON.stringify(await applied), /queue:/);
  });
});

test('whoever asks before it has said hello is told so', { timeout: 120_000 }, async () => {
  const { program, args } = languageServer;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  const asking = connection.sendRequest('textDocument/hover', {});
  await assert.rejects(asking, (error) => error instanceof ResponseError && error.code === -32002);
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await connection.sendNotification('initialized', {});
  const unknown = connection.sendRequest('no/such', {});
  await assert.rejects(unknown, (error) => error instanceof ResponseError && error.code === -32601);
  await connection.sendNotification('exit');
  // Without `shutdown`, leaving is an error.
  assert.deepEqual(await ended, [1, null]);
  connection.dispose();
});
