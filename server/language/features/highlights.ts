import { DocumentHighlightKind, type DocumentHighlight, type Position } from 'vscode-languageserver-types';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { anchorsAt } from './anchors.ts';
import { entitiesOf } from './names/entity.ts';
import { occurrenceAt } from './names/occurrence.ts';
import { placesIn } from './names/places.ts';

/** What the cursor is on, everywhere in this file. */
export function highlights(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  position: Position,
): readonly DocumentHighlight[] {
  const offset = document.lines.offsetAt(position);
  const anchors = anchorsAt(document.text, offset);
  if (anchors !== undefined) {
    const { definition, aliases } = anchors;
    return [
      ...(definition === undefined ? [] : [highlight(document, definition, true)]),
      ...aliases.map((span) => highlight(document, span, false)),
    ];
  }
  const occurrence = occurrenceAt(document.project, offset);
  if (occurrence === undefined) return [];
  return placesIn(workspace, document, entitiesOf(workspace, document, occurrence)).map(({ role, span }) =>
    highlight(document, span, role === 'definition' || role === 'alias'),
  );
}

function highlight(
  document: LanguageDocument,
  span: { start: number; end: number },
  writes: boolean,
): DocumentHighlight {
  return {
    range: document.lines.rangeOf(span),
    kind: writes ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  };
}
