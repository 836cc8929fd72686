// Editors that stay at the end of a log, or go to the line that says why it failed.

import { Selection, TextEditorRevealType, window } from 'vscode';
import type { TextDocument } from 'vscode';
import { failingLine } from './failing-line.ts';
import type { LogDocuments } from './log-documents.ts';

/** An editor whose cursor is at the end stays there; one that was moved up is being read. */
export function follow(documents: LogDocuments, document: TextDocument): void {
  for (const editor of window.visibleTextEditors) {
    if (editor.document !== document) continue;
    const last = editor.visibleRanges.at(-1)?.end.line ?? 0;
    const isReading = editor.selection.active.line < last - 2 && editor.selection.active.line > 0;
    if (!isReading) show(documents, document);
  }
}

export function show(documents: LogDocuments, document: TextDocument): void {
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
