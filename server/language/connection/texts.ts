import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Connection } from 'vscode-languageserver';
import type { DiagnosticsPublisher } from '../diagnostics/publisher.ts';
import type { Workspace } from '../documents/workspace.ts';

/** Keeps the open files what the client has. */
export function followTexts(
  connection: Connection,
  workspace: Workspace,
  publisher: DiagnosticsPublisher,
): void {
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
    const file = workspace.saved(uri);
    if (file !== undefined) publisher.changed(file);
  });
}
