import { l10n, languages, Position, Range, Selection, TextEditorRevealType, window, workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import type { Container } from '../../container.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import { LOG_SCHEME, LogDocuments } from './log-documents.ts';

let documents: LogDocuments | undefined;

/** Opens a sandbox's log, which then follows what is written. */
export async function showLogs(container: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(container.projects, hintOf(argument), { title: l10n.t('Show Logs') });
  if (target === undefined) return;
  documents ??= register(container);
  const uri = documents.uriOf(target.file, target.sandbox);
  const document = await workspace.openTextDocument(uri);
  await languages.setTextDocumentLanguage(document, 'log').then(undefined, () => undefined);
  await window.showTextDocument(document, { preview: true });
  scrollToEnd(document);
}

function register({ context }: Container): LogDocuments {
  const provider = new LogDocuments();
  context.subscriptions.push(
    provider,
    workspace.registerTextDocumentContentProvider(LOG_SCHEME, provider),
    workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === LOG_SCHEME) provider.close(uri);
    }),
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.scheme === LOG_SCHEME) follow(document);
    }),
  );
  return provider;
}

/** An editor whose cursor is at the end stays there; one that was moved up is being read. */
function follow(document: TextDocument): void {
  for (const editor of window.visibleTextEditors) {
    if (editor.document !== document) continue;
    const last = editor.visibleRanges.at(-1)?.end.line ?? 0;
    const isReading = editor.selection.active.line < last - 2 && editor.selection.active.line > 0;
    if (!isReading) scrollToEnd(document);
  }
}

function scrollToEnd(document: TextDocument): void {
  const end = new Position(document.lineCount - 1, 0);
  for (const editor of window.visibleTextEditors) {
    if (editor.document !== document) continue;
    editor.selection = new Selection(end, end);
    editor.revealRange(new Range(end, end), TextEditorRevealType.Default);
  }
}
