import { l10n, Selection, TextEditorRevealType, window, workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import type { Container } from '../../container.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import { failingLine } from './failing-line.ts';
import { LOG_SCHEME, LogDocuments } from './log-documents.ts';

let documents: LogDocuments | undefined;

/** Opens a sandbox's log, where it failed or else at its end, which then follows what is written. */
export async function showLogs(container: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(container.projects, hintOf(argument), { title: l10n.t('Show Logs') });
  if (target === undefined) return;
  documents ??= register(container);
  const uri = documents.uriOf(target.file, target.sandbox);
  const document = await workspace.openTextDocument(uri);
  await window.showTextDocument(document, { preview: true });
  show(documents, document);
}

function register({ context }: Container): LogDocuments {
  const provider = new LogDocuments();
  context.subscriptions.push(
    provider,
    workspace.registerTextDocumentContentProvider(LOG_SCHEME, provider),
    workspace.onDidCloseTextDocument(({ uri, isClosed }) => {
      // Another language of the same document is told as its end too.
      if (uri.scheme === LOG_SCHEME && isClosed) provider.close(uri);
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.scheme === LOG_SCHEME) follow(provider, document);
    }),
  );
  return provider;
}

/** An editor whose cursor is at the end stays there; one that was moved up is being read. */
function follow(documents: LogDocuments, document: TextDocument): void {
  for (const editor of window.visibleTextEditors) {
    if (editor.document !== document) continue;
    const last = editor.visibleRanges.at(-1)?.end.line ?? 0;
    const isReading = editor.selection.active.line < last - 2 && editor.selection.active.line > 0;
    if (!isReading) show(documents, document);
  }
}

function show(documents: LogDocuments, document: TextDocument): void {
  const failing = documents.isOfFailure(document.uri) ? failingLine(document.getText()) : undefined;
  const range = document.lineAt(failing ?? document.lineCount - 1).range;
  const type =
    failing === undefined ? TextEditorRevealType.Default : TextEditorRevealType.InCenterIfOutsideViewport;
  for (const editor of window.visibleTextEditors) {
    if (editor.document !== document) continue;
    editor.selection = new Selection(range.end, range.start);
    editor.revealRange(range, type);
  }
}
