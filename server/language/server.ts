// Ties the protocol to the workspace: what the client tells, what it is told, what it may ask.

import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Connection, InitializeParams } from 'vscode-languageserver';
import { DiagnosticsPublisher } from './diagnostics/publisher.ts';
import { discover } from './documents/discovery.ts';
import { pathOf } from './documents/host-path.ts';
import { SourceFile } from './documents/source-file.ts';
import { Workspace } from './documents/workspace.ts';
import { offer } from './connection/features.ts';
import { watchFiles } from './connection/watch.ts';
import { clientOf } from './connection/client.ts';
import { initializationOptions, TRUST } from './connection/options.ts';
import type { Providers } from './providers.ts';

/** Answers a client that has initialized until it leaves. */
export function serve(
  connection: Connection,
  params: InitializeParams,
  live: Omit<Providers, 'files'> = {},
): void {
  const client = clientOf(params);
  const workspace = new Workspace(live);
  workspace.folders = foldersOf(params);
  workspace.isTrusted = initializationOptions(params).trusted;
  const fail = (error: unknown): void => {
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  const publisher = new DiagnosticsPublisher({
    workspace,
    send: (diagnostics) => void connection.sendDiagnostics(diagnostics).catch(fail),
    fail,
  });
  const lookAround = (): void => {
    if (!workspace.isTrusted) return;
    discover(workspace)
      .then(() => publisher.refresh())
      .catch(fail);
  };
  offer(connection, workspace, client);
  connection.onInitialized(() => {
    warmUp();
    if (client.watchesFiles) watchFiles(connection).catch(fail);
    lookAround();
  });
  connection.onNotification(TRUST, ({ trusted }) => {
    workspace.isTrusted = trusted;
    publisher.refresh();
    lookAround();
  });
  connection.onDidChangeWatchedFiles(() => {
    workspace.host.forget();
    publisher.refresh();
    lookAround();
  });
  follow(connection, workspace, publisher);
  connection.onShutdown(() => publisher.dispose());
}

/** Keeps the open files what the client has. */
function follow(connection: Connection, workspace: Workspace, publisher: DiagnosticsPublisher): void {
  const texts = new Map<string, TextDocument>();
  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version, text } }) => {
    texts.set(uri, TextDocument.create(uri, languageId, version, text));
    publisher.opened(workspace.open(uri, { version, text }));
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version }, contentChanges }) => {
    const [text, file] = [texts.get(uri), workspace.get(uri)];
    if (text === undefined || file === undefined) return;
    texts.set(uri, TextDocument.update(text, contentChanges, version));
    file.change({ version, text: text.getText() });
    publisher.changed(file);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    const file = workspace.get(uri);
    texts.delete(uri);
    workspace.close(uri);
    if (file === undefined) return;
    publisher.closed(file);
    if (workspace.isTrusted && file.path !== '')
      void workspace.disk.snapshot(file.path).catch(() => undefined);
  });
  connection.onDidSaveTextDocument(({ textDocument: { uri } }) => {
    const file = workspace.get(uri);
    workspace.host.forget();
    if (file !== undefined) publisher.changed(file);
  });
}

function foldersOf({ workspaceFolders }: InitializeParams): readonly string[] {
  return (workspaceFolders ?? []).map(({ uri }) => pathOf(uri)).filter((path) => path !== '');
}

/** The first text costs a hundred times the second: better now than at the first key. */
function warmUp(): void {
  const text =
    'sandboxes:\n  a:\n    image: alpine\n    ports: ["80:80"]\n    scripts:\n      start: |\n        true\n';
  setImmediate(() => {
    const file = new SourceFile({ uri: '', path: '', isOpen: false }, { version: 0, text });
    void file.snapshot().then((snapshot) => snapshot.problems);
  });
}
