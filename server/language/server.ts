// Ties the protocol to the workspace: what the client tells, what it is told, what it may ask.

import { CodeLensRefreshRequest, type Connection, type InitializeParams } from 'vscode-languageserver';
import { DiagnosticsPublisher } from './diagnostics/publisher.ts';
import { discover } from './documents/discovery.ts';
import { SourceFile } from './documents/source-file.ts';
import { Workspace } from './documents/workspace.ts';
import { offer } from './connection/features.ts';
import { clientOf } from './connection/client.ts';
import { followFolders, foldersOf } from './connection/folders.ts';
import { initializationOptions, TRUST } from './connection/options.ts';
import { withProgress } from './connection/progress.ts';
import { followTexts } from './connection/texts.ts';
import { watchFiles } from './connection/watch.ts';
import type { Live } from './providers.ts';

/** Answers a client that has initialized until it leaves. */
export function serve(connection: Connection, params: InitializeParams, live: Live): void {
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
  let looking = new AbortController();
  const lookAround = (): void => {
    if (!workspace.isTrusted) return;
    const title = 'Looking for Sandboxfiles';
    looking.abort();
    looking = new AbortController();
    withProgress(connection, client, title, looking, (signal) => discover(workspace, signal))
      .then(() => publisher.refresh())
      .catch(fail);
  };
  offer(connection, workspace, client);
  connection.onInitialized(() => {
    warmUp();
    if (client.watchesFiles) watchFiles(connection).catch(fail);
    lookAround();
  });
  const changed = (): void => {
    workspace.host.forget();
    publisher.refresh();
    lookAround();
  };
  connection.onNotification(TRUST, ({ trusted }) => {
    workspace.isTrusted = trusted;
    changed();
  });
  connection.onDidChangeWatchedFiles(changed);
  followFolders(connection, workspace, changed);
  followTexts(connection, workspace, publisher);
  live.images?.onChange?.(() => publisher.refresh());
  live.sandboxes?.onChange?.(() => {
    if (client.refreshes.codeLens) connection.sendRequest(CodeLensRefreshRequest.type).catch(fail);
  });
  connection.onShutdown(async () => {
    looking.abort();
    publisher.dispose();
    await live.close();
  });
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
