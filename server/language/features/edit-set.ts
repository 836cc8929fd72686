import type { TextEdit, WorkspaceEdit } from 'vscode-languageserver-types';
import type { Span } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';

/** Edits of several files, each place once. */
export class EditSet {
  readonly #files = new Map<LanguageDocument, Map<string, TextEdit>>();

  replace(document: LanguageDocument, span: Span, newText: string): void {
    let edits = this.#files.get(document);
    if (edits === undefined) this.#files.set(document, (edits = new Map<string, TextEdit>()));
    const slot = `${String(span.start)}-${String(span.end)}`;
    edits.set(slot, { range: document.lines.rangeOf(span), newText });
  }

  /** Names the versions, so that an editor refuses edits of a text that has changed since. */
  workspaceEdit(): WorkspaceEdit {
    return {
      documentChanges: [...this.#files].map(([{ uri, version, isOpen }, edits]) => ({
        // The versions of other files are nobody's but ours.
        textDocument: { uri, version: isOpen ? version : null },
        edits: [...edits.values()],
      })),
    };
  }
}
